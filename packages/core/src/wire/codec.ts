/**
 * How the values that users send become payload bytes and back.
 *
 * `name` travels in the handshake: both sides must be configured with a codec of the same name. Both functions may throw; the
 * error reaches the caller of `send`, or the sender of the payload as the refusal `ERR_HW_PAYLOAD`. Default: {@link msgpackCodec}.
 */
export interface Codec {
  readonly name: string;
  /** The bytes of `value`, in an array of their own that nobody else changes. */
  encode(value: unknown): Uint8Array;
  /** The value of `bytes`. It must not keep a view of them. */
  decode(bytes: Uint8Array): unknown;
}

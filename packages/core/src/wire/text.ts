/** Text on the wire is well-formed UTF-8, strictly: what is not is an error, never a replacement character. */
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** As much of the beginning of `text` as fits into `maxBytes`, cut between characters. */
export function encodeTextWithin(text: string, maxBytes: number): Uint8Array {
  const target = new Uint8Array(maxBytes);
  return target.subarray(0, encoder.encodeInto(text, target).written);
}

/** Decodes `bytes`; throws the platform's TypeError when they are not well-formed. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * One `send` or `request` of a run: what is sent, and how the handler at the other end will behave.
 *
 * The payload carries the number of the operation, and bytes that follow from it, so that the handler can say which one it got and whether it is whole.
 * An empty payload has no room for a number; then the type name carries it.
 */
export type Behaviour =
  | 'now'
  | 'soon'
  | 'late'
  | 'refuse'
  | 'refuse-late'
  | 'throw'
  | 'hang'
  /** Late, unless its signal says that nobody wants it any more: then it refuses at once. */
  | 'heed'
  | 'ask-back'
  | 'destroy';

/** How a message is withdrawn: by `cancel()`, by an abort signal, or because a time is up that was given with it. */
export type WithdrawalKind = 'cancel' | 'signal' | 'timeout' | 'expiry';

export interface WithdrawalPlan {
  readonly kind: WithdrawalKind;
  readonly afterMs: number;
}

export interface OperationPlan {
  readonly kind: 'message' | 'request';
  /** The type without the number of an empty operation. */
  readonly type: OperationType;
  /** Bytes besides the number. */
  readonly sizeBytes: number;
  readonly behaviour: Behaviour;
  readonly handlerMs: number;
  readonly replyBytes: number;
  readonly confirm: 'handled' | 'delivered';
  /** Null: its sender waits for its fate. */
  readonly withdrawal: WithdrawalPlan | null;
}

/** `cast` is what a broadcast sends to one of its recipients. */
export type OperationType = 'a' | 'b' | 'wide' | 'empty' | 'nobody' | 'ask' | 'ask-one' | 'ask-nobody' | 'cast';

/** Which operations are handled in the order in which they were sent, whether one at a time, and whether somebody is there for them from the beginning. */
export const LANES: Readonly<Record<OperationType, Lane>> = {
  a: { lane: 'messages', serial: true, claimed: true },
  b: { lane: 'messages', serial: true, claimed: true },
  wide: { lane: 'wide', serial: false, claimed: true },
  empty: { lane: 'loop', serial: false, claimed: false },
  nobody: { lane: 'loop', serial: false, claimed: false },
  ask: { lane: 'ask', serial: false, claimed: true },
  'ask-one': { lane: 'ask-one', serial: true, claimed: true },
  'ask-nobody': { lane: 'none', serial: false, claimed: false },
  cast: { lane: 'messages', serial: true, claimed: true },
};

export interface Lane {
  readonly lane: string;
  readonly serial: boolean;
  readonly claimed: boolean;
}

/** What the handler of an operation refuses with. */
export const REFUSAL_CODE = 'not-now';
const EMPTY_NAME = /^e(\d+)$/;
/** A payload is looked at here and there: every chunk holds several of these places. */
const PROBE_STEP_BYTES = 997;

export function typeNameOf(op: number, type: OperationType): string {
  return type === 'empty' ? `e${op}` : type;
}

export function payloadOf(op: number, { type, sizeBytes }: OperationPlan): unknown {
  if (type === 'empty') return undefined;
  return sizeBytes === 0 ? op : [op, fillerOf(op, sizeBytes)];
}

/** Which operation a payload belongs to, or null when that cannot be seen. */
export function opOf(type: string, data: unknown): number | null {
  const empty = EMPTY_NAME.exec(type);
  if (empty !== null) return Number(empty[1]);
  const op: unknown = Array.isArray(data) ? data[0] : data;
  return typeof op === 'number' ? op : null;
}

/** Whether `data` is what was sent, whole and unmixed. */
export function isIntact(op: number, plan: OperationPlan, data: unknown): boolean {
  if (plan.type === 'empty') return data === undefined;
  if (plan.sizeBytes === 0) return data === op;
  const filler: unknown = Array.isArray(data) ? data[1] : null;
  return filler instanceof Uint8Array && isFiller(filler, op, plan.sizeBytes);
}

/** The answer to a request, and the number in it that says whose answer it is. */
export function replyOf(op: number, { replyBytes }: OperationPlan): unknown {
  return replyBytes === 0 ? -op : [-op, fillerOf(op, replyBytes)];
}

/** The number in an answer; NaN when it is not what the handler gave. */
export function readReply(op: number, { replyBytes }: OperationPlan, data: unknown): number {
  if (replyBytes === 0) return typeof data === 'number' ? data : NaN;
  const [answer, filler] = Array.isArray(data) ? (data as unknown[]) : [];
  const isWhole = filler instanceof Uint8Array && isFiller(filler, op, replyBytes);
  return isWhole && typeof answer === 'number' ? answer : NaN;
}

function fillerOf(op: number, sizeBytes: number): Uint8Array {
  const filler = new Uint8Array(sizeBytes).fill(op & 0xff);
  for (let at = 0; at < sizeBytes; at += PROBE_STEP_BYTES) filler[at] = (op + at) & 0xff;
  return filler;
}

function isFiller(filler: Uint8Array, op: number, sizeBytes: number): boolean {
  if (filler.length !== sizeBytes) return false;
  for (let at = 0; at < sizeBytes; at += PROBE_STEP_BYTES) {
    if (filler[at] !== ((op + at) & 0xff)) return false;
    if (at + 1 < sizeBytes && filler[at + 1] !== (op & 0xff)) return false;
  }
  return filler[sizeBytes - 1] === ((sizeBytes - 1) % PROBE_STEP_BYTES === 0 ? op + sizeBytes - 1 : op) % 256;
}

/** What a row says, as the cells of a table. */
import type { Variants } from '../matrix-file.ts';
import type { MatrixRow } from '../matrix-row.ts';

export const COLUMNS = ['`connection$`', 'cause', "the kernel's word", 'known', 'the other side is told', 'besides'];

/** `reference`: the same on the runtime that the others are held against, where there is such a row. */
export function cellsOf(variants: Variants, reference: MatrixRow | undefined): string[] {
  const [usual] = variants;
  if (usual === undefined) return [];
  return [
    oneOf(variants, ({ states }) => states.filter((state) => state !== 'dialing').join(' › ') || 'dialing'),
    oneOf(variants, ({ cause }) => (cause === null ? '–' : `\`${cause}\``)),
    oneOf(variants, wordOf),
    usual.time,
    oneOf(variants, ({ peer }) => (peer === null ? 'nothing' : `\`${peer}\``)),
    besides(variants, reference),
  ];
}

/** What is usual, and what was seen in some runs. */
function oneOf(variants: Variants, tell: (row: MatrixRow) => string): string {
  return [...new Set(variants.map(tell))].join(', sometimes ');
}

function wordOf({ evidence }: MatrixRow): string {
  const { errno, syscall, wsCode } = evidence;
  const words = [errno === undefined ? [] : [`${errno}${syscall === undefined ? '' : ` (${syscall})`}`]].flat();
  if (wsCode !== undefined) words.push(`close code ${wsCode}`);
  return words.join(', ') || '–';
}

/** What the connection's end does not say: shortfalls first, then the heartbeat's verdict, messages, events. */
function besides(variants: Variants, reference: MatrixRow | undefined): string {
  const [usual] = variants;
  const all = variants.flatMap((row) => (reference === undefined ? [] : shortfallsOf(row, reference)));
  const said = [...new Set(all)].map((shortfall) => `**${shortfall}**`);
  if (usual?.heartbeat) said.push(`a heartbeat says: ${usual.heartbeat}`);
  // The first one only shows that the connection works.
  const counts = [...new Set(variants.map(({ handled }) => handled - 1))].filter((count) => count > 0);
  if (counts.length > 0) said.push(`messages handled: ${counts.join(', sometimes ')}`);
  const events = new Set(variants.flatMap((row) => row.events));
  if (events.size > 0) said.push(`events: ${[...events].map((event) => `\`${event}\``).join(', ')}`);
  return said.join('; ');
}

/** What this runtime cannot do that the reference can. */
export function shortfallsOf(row: MatrixRow, reference: MatrixRow): string[] {
  const found: string[] = [];
  if (row.handled < reference.handled) {
    found.push(`loses unread bytes (${row.handled - 1} of ${reference.handled - 1} messages handled)`);
  }
  if (reference.cause === 'reset' && row.cause === 'finished') found.push('cannot tell a reset from an end');
  if (row.cause === 'lost' && reference.cause !== 'lost') found.push('does not say what happened');
  if (row.cause === null && reference.cause !== null) found.push('is not told');
  const isSilent = row.evidence['errno'] === undefined && reference.evidence['errno'] !== undefined;
  if (isSilent && row.cause === reference.cause) found.push("keeps the kernel's word to itself");
  return found;
}

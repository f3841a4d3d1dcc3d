/**
 * A network namespace with three places to dial in vain: a port that refuses, an address that is silent for ever, and one without a route.
 *
 * The silent one is behind a pair of virtual cards. Its hardware address is written down, so nobody asks for it; the packets go out of one card, into
 * the other, and are for nobody there. So neither ARP nor ICMP ever answers.
 */
import { execFileSync } from 'node:child_process';

const SILENT = '10.99.0.2';
const UNREACHABLE = '10.98.0.1';

/** Where to dial, from inside. Nothing listens on any port. */
export const PLACES: { readonly refused: string; readonly silent: string; readonly unreachable: string } = {
  refused: '127.0.0.1:9',
  silent: `${SILENT}:9`,
  unreachable: `${UNREACHABLE}:9`,
};

export interface NamespaceOfHoles {
  /** What to start a program with, for it to be inside. */
  readonly enter: readonly string[];
  remove(): void;
}

/** Makes one. What stands in the way is in `unavailable`; then nothing was made. */
export function makeNamespaceOfHoles(): NamespaceOfHoles | { readonly unavailable: string } {
  const name = `heartwire-holes-${process.pid}`;
  const inside = (...words: string[]): void => ip('-n', name, ...words);
  try {
    ip('netns', 'add', name);
  } catch (error) {
    return { unavailable: `no network namespace can be made here: ${reasonOf(error)}` };
  }
  try {
    inside('link', 'set', 'lo', 'up');
    inside('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
    inside('address', 'add', '10.99.0.1/24', 'dev', 'near');
    inside('link', 'set', 'near', 'up');
    inside('link', 'set', 'far', 'up');
    inside('neighbour', 'add', SILENT, 'lladdr', '02:00:00:00:00:02', 'dev', 'near', 'nud', 'permanent');
    inside('route', 'add', 'unreachable', `${UNREACHABLE}/32`);
  } catch (error) {
    ip('netns', 'delete', name);
    return { unavailable: `the network namespace cannot be furnished here: ${reasonOf(error)}` };
  }
  return { enter: ['ip', 'netns', 'exec', name], remove: () => ip('netns', 'delete', name) };
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: Buffer; message: string };
  return (stderr?.toString().trim() || message).split('\n')[0] as string;
}

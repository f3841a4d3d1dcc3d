// The same on the other versions of Node that are supported.
// test-limit: 300s
import { runtimeBinary } from '../support/runtime-binary.ts';
import { testUnreadBytes } from './unread-bytes-suite.ts';

testUnreadBytes([
  { name: 'Node 22', binary: programOf('node22') },
  { name: 'Node 24', binary: programOf('node24') },
]);

function programOf(name: 'node22' | 'node24'): string | null {
  const binary = runtimeBinary(name);
  return 'unavailable' in binary ? null : binary.command[0]!;
}

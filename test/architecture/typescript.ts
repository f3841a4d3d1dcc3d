/** The compiler. By `require`: an import would first look through its nine megabytes for the names of their exports, which takes a second. */
import { createRequire } from 'node:module';

export const ts: typeof import('typescript5') = createRequire(import.meta.url)('typescript5');

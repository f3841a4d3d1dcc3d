/** The observer in a page: what a browser's WebSocket, and nothing else, can tell. */
import { ws } from '@heartwire/transport-ws';
import { createObserver } from './observer.ts';
import type { ObserverCommand, Report } from './word.ts';

/** What the host of the page has put into it. */
declare const report: (report: Report) => void;

/** What the host calls. */
export type CarryOut = (command: ObserverCommand) => void;

const carryOut: CarryOut = createObserver(({ address }) => ws(address), report);
Object.assign(globalThis, { carryOut });

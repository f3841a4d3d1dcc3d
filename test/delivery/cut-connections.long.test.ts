// 50,000 numbered messages in each direction, 200 cut connections; over TCP, over WebSocket, and over both in turn (promises P1, P2, P3, P19).
// test-limit: 600s
import { testNumbered } from './numbered-suite.ts';

const TRANSPORTS = [['tcp'], ['ws'], ['tcp', 'ws']] as const;
const DIRECTIONS = [['up'], ['down'], ['up', 'down']] as const;

testNumbered(
  TRANSPORTS.flatMap((transports) => DIRECTIONS.map((directions) => ({ transports, directions }))),
  { messages: 50_000, cuts: 200, seed: 20_260_101, deadlineMs: 60_000 },
);

// test-limit: 300s
// A real nginx in front of WebSocket and TCP, with the configuration of docs/deploying.md.
import { testProxy } from './proxy-suite.ts';

testProxy('nginx', '502');

// test-limit: 300s
// A real HAProxy in front of WebSocket and TCP, with the configuration of docs/deploying.md.
import { testProxy } from './proxy-suite.ts';

testProxy('haproxy', '503');

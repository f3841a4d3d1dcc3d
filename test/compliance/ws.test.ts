import { ws, wsServer } from '@heartwire/transport-ws';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('WebSocket', () => ({
  listener: wsServer({ port: 0, host: '127.0.0.1' }),
  dialer: (address) => ws(address),
  name: 'ws',
  whenDestroyed: { clientSees: ['reset', 'finished'], serverSees: ['reset', 'finished'] },
  whenNobodyListens: ['refused'],
  close: () => Promise.resolve(),
}));

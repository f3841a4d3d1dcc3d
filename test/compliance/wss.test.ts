import { ws, wsServer } from '@heartwire/transport-ws';
import { certificate, key } from '../support/tls/localhost.ts';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('WebSocket over TLS', () => ({
  listener: wsServer({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } }),
  dialer: (address) => ws(address, { tls: { ca: certificate } }),
  name: 'wss',
  whenDestroyed: { clientSees: ['reset', 'finished'], serverSees: ['reset', 'finished'] },
  whenNobodyListens: ['refused'],
  close: () => Promise.resolve(),
}));

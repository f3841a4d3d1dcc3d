import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { certificate, key } from '../support/tls/localhost.ts';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('TLS', () => ({
  listener: tcpServer({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } }),
  dialer: (address) => tcp({ port: Number(new URL(address).port), tls: { ca: certificate } }),
  name: 'tls',
  // Node cannot reset a TLS connection.
  whenDestroyed: { clientSees: ['finished', 'reset'], serverSees: ['finished', 'reset'] },
  whenNobodyListens: ['refused'],
  close: () => Promise.resolve(),
}));

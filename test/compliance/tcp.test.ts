import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('TCP', () => ({
  listener: tcpServer({ port: 0, host: '127.0.0.1' }),
  dialer: tcp,
  name: 'tcp',
  whenDestroyed: { clientSees: ['reset'], serverSees: ['reset'] },
  whenNobodyListens: ['refused'],
  close: () => Promise.resolve(),
}));

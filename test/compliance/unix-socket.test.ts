import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('Unix sockets', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heartwire-'));
  return {
    listener: tcpServer({ path: path.join(folder, 'server.sock') }),
    dialer: tcp,
    name: 'unix',
    // Unix sockets have no reset of their own: a socket that is closed with nothing unread just ends.
    whenDestroyed: { clientSees: ['finished', 'reset'], serverSees: ['finished', 'reset'] },
    whenNobodyListens: ['unreachable', 'refused'],
    close: () => Promise.resolve(rmSync(folder, { recursive: true })),
  };
});

import { memoryNetwork } from '@heartwire/core/testing';
import { heartwireCompliance } from './heartwire-compliance.ts';

heartwireCompliance('memory', () => {
  const { listener, dialer } = memoryNetwork();
  return {
    listener,
    dialer: () => dialer,
    name: 'memory',
    whenDestroyed: { clientSees: ['reset'], serverSees: ['reset'] },
    whenNobodyListens: ['refused'],
    close: () => Promise.resolve(),
  };
});

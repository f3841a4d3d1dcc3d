// The public subpath '@heartwire/core/testing': virtual time and a network that can be broken, for tests of programs that use heartwire.
export { testClock, type TestClock } from './test-clock.ts';
export { memoryNetwork, type MemoryNetworkOptions, type Network } from './memory-network.ts';

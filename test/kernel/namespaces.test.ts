/** The networks that situations happen in. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { removeLeftovers } from './network/namespace-name.ts';
import { Network } from './network/network.ts';
import { shell } from './network/shell.ts';

const namespaces = suite('networks of namespaces');
const whyNot = await whyNoNetworks();

const TESTS: Readonly<Record<string, () => Promise<void>>> = {
  'leaves nothing behind when it is removed': async () => {
    const network = await Network.make();
    const names = [network.client, network.router, network.server];
    assert.equal(names.map(isThere), [true, true, true]);
    await network.remove();
    assert.equal(names.map(isThere), [false, false, false]);
  },
  'removes what a test left that was killed, and nothing of a test that runs': async () => {
    const network = await Network.make();
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const leftover = `heartwire-${dead}-1-client`;
    const stranger = `stranger-${dead}-1-client`;
    try {
      await shell(`ip netns add ${leftover}`, `ip netns add ${stranger}`);
      assert.ok((await removeLeftovers()).includes(leftover));
      assert.equal([leftover, stranger, network.router].map(isThere), [false, true, true]);
    } finally {
      await network.remove();
      await shell(`ip netns del ${stranger}`);
    }
  },
  'is whole again after every fault': async () => {
    const network = await Network.make();
    try {
      const before = await stateOf(network);
      await network.set('client', { tcp_retries2: 9 });
      await network.hole();
      await network.heal();
      assert.not.equal(await stateOf(network), before);
      await network.restore();
      for (const strike of FAULTS) {
        await strike(network);
        assert.not.equal(await stateOf(network), before);
        await network.restore();
        assert.equal(await stateOf(network), before);
      }
    } finally {
      await network.remove();
    }
  },
};

const FAULTS: readonly ((network: Network) => Promise<void>)[] = [
  (network) => network.hole(),
  (network) => network.holeTowards('client'),
  (network) => network.holeTowards('server'),
  (network) => network.unreachable(),
  (network) => network.prohibit(),
  (network) => network.forgetServer(),
  (network) => network.answerWithReset(),
  (network) => network.cutClient(),
  (network) => network.unplugClient(),
  (network) => network.cutServer(),
  (network) => network.loseServer(),
];

for (const [name, test] of Object.entries(TESTS)) {
  if (whyNot === null) namespaces(name, test);
  else {
    console.log(`SKIP: networks of namespaces: ${name}: ${whyNot}`);
    namespaces.skip(name);
  }
}
namespaces.run();

function isThere(name: string): boolean {
  return existsSync(`/run/netns/${name}`);
}

/** Routes, addresses and settings of all three, as text. */
async function stateOf({ client, router, server }: Network): Promise<string> {
  const lines = [client, router, server].flatMap((name) => [
    `ip -n ${name} route`,
    `ip -n ${name} -brief -4 addr`,
    `ip netns exec ${name} cat /proc/sys/net/ipv4/tcp_retries2`,
  ]);
  return shell(...lines);
}

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '@heartwire/core/transport';
import { tcp } from '@heartwire/transport-tcp';
import { keepAliveMsOf, parseTarget, type TcpOptions } from '../../../packages/transport-tcp/src/tcp-target.ts';

const targets = suite('the target of tcp()');

const READABLE: readonly (readonly [string, object])[] = [
  ['localhost:7000', { kind: 'tcp', host: 'localhost', port: 7000, address: 'tcp://localhost:7000' }],
  [':7000', { kind: 'tcp', host: 'localhost', port: 7000, address: 'tcp://localhost:7000' }],
  ['10.0.0.1:1', { kind: 'tcp', host: '10.0.0.1', port: 1, address: 'tcp://10.0.0.1:1' }],
  ['[::1]:7000', { kind: 'tcp', host: '::1', port: 7000, address: 'tcp://[::1]:7000' }],
  ['[fe80::1%eth0]:7000', { kind: 'tcp', host: 'fe80::1%eth0', port: 7000, address: 'tcp://[fe80::1%eth0]:7000' }],
  [
    'tcp://chat.example:65535',
    { kind: 'tcp', host: 'chat.example', port: 65_535, address: 'tcp://chat.example:65535' },
  ],
  ['tcp://localhost:7000/', { kind: 'tcp', host: 'localhost', port: 7000, address: 'tcp://localhost:7000' }],
  ['TLS://chat.example:7000', { kind: 'tls', host: 'chat.example', port: 7000, address: 'tls://chat.example:7000' }],
  ['unix:/run/chat.sock', { kind: 'unix', path: '/run/chat.sock', address: 'unix:/run/chat.sock' }],
  ['unix:///run/chat.sock', { kind: 'unix', path: '/run/chat.sock', address: 'unix:/run/chat.sock' }],
  ['unix:chat.sock', { kind: 'unix', path: 'chat.sock', address: 'unix:chat.sock' }],
];

for (const [text, expected] of READABLE) {
  targets(`reads '${text}'`, () => {
    const target: Record<string, unknown> = { ...parseTarget(text) };
    for (const [key, value] of Object.entries(expected)) assert.is(target[key], value, key);
    assert.is(tcp(text).address, target['address']);
    assert.is(tcp(text).name, target['kind']);
  });
}

const UNREADABLE: readonly (readonly [string | TcpOptions, RegExp])[] = [
  ['', /no port; write 'localhost:7000'/],
  ['localhost', /no port/],
  ['7000', /a port alone needs a colon/],
  ['::1:7000', /an IPv6 address needs brackets/],
  ['localhost:', /no port/],
  ['localhost:x', /no port/],
  ['localhost:0', /port is 0; write a whole number from 1 to 65535/],
  ['localhost:65536', /port is 65536/],
  ['user@localhost:7000', /more in it than a host and a port/],
  ['tcp://localhost:7000/path', /more in it than a host and a port/],
  ['ws://localhost:7000', /use ws\('ws:\/\/localhost:7000'\) of @heartwire\/transport-ws/],
  ['https://localhost', /@heartwire\/transport-ws/],
  ['udp://localhost:7000', /'udp:' is not known here/],
  ['unix:', /path of the Unix socket is empty/],
  [{ path: '' }, /path of the Unix socket is empty/],
  [{ port: 1.5 }, /port is 1.5/],
  [{ host: '', port: 1 }, /host is ''/],
  [{ host: '[::1]', port: 1 }, /write a name or an address alone/],
  [{ port: 1, keepAlive: -1 }, /keepAlive is -1/],
  [{ port: 1, tls: { cert: 'no certificate' } }, /TLS options cannot be used/],
  [undefined as unknown as string, /undefined is no target/],
];

for (const [target, sentence] of UNREADABLE) {
  targets(`refuses ${JSON.stringify(target)} at once, with a sentence`, () => {
    try {
      tcp(target);
    } catch (error) {
      assert.instance(error, HeartwireError);
      assert.is((error as HeartwireError).code, 'ERR_HW_OPTION');
      assert.is((error as HeartwireError).by, 'local');
      assert.match((error as HeartwireError).message, sentence);
      return;
    }
    assert.unreachable('it was accepted');
  });
}

targets('fills in what the options leave out', () => {
  const target = parseTarget({ port: 7000 });
  assert.equal(target, {
    kind: 'tcp',
    address: 'tcp://localhost:7000',
    host: 'localhost',
    port: 7000,
    noDelay: true,
    keepAliveMs: 15_000,
    tuneSocket: undefined,
  });
});

targets('offers heartwire/1 over TLS unless told otherwise', () => {
  const target = parseTarget('tls://localhost:7000');
  assert.equal(target.kind === 'tls' && target.tls?.ALPNProtocols, ['heartwire/1']);
});

targets('reads keepAlive as milliseconds, on or off', () => {
  assert.is(keepAliveMsOf(undefined), 15_000);
  assert.is(keepAliveMsOf(true), 15_000);
  assert.is(keepAliveMsOf(false), null);
  assert.is(keepAliveMsOf(1_000), 1_000);
  assert.throws(() => keepAliveMsOf(Number.NaN), /keepAlive is NaN/);
});

targets.run();

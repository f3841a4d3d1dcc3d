import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Refusal } from '@heartwire/core';
import type { LinkInfo } from '@heartwire/core/transport';
import { decodeReject, encodeHello } from '../../../../packages/core/src/connection/handshake.ts';
import { errorNumber } from '../../../../packages/core/src/wire/error-number.ts';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { ErrorFrame, Frame, HandshakeFrame } from '../../../../packages/core/src/wire/frame.ts';
import { PREFACE } from '../../../../packages/core/src/wire/preface.ts';
import { RecordingSink } from '../../../support/recording-sink.ts';
import { ANNOUNCEMENT } from '../../../support/session-pair.ts';
import {
  VirtualWorld,
  rejectionOf,
  watchRejections,
  type Rejection,
  type WorldOptions,
} from '../../../support/virtual-world.ts';
import { GREETING } from '../../../support/greetings.ts';

/** A connection without a client behind it, and what the server reports. */
class Stranger {
  readonly sink = new RecordingSink();
  readonly events: Rejection[];
  readonly world: VirtualWorld;

  private constructor(world: VirtualWorld) {
    this.world = world;
    this.events = watchRejections(world);
  }

  static async connect(options: WorldOptions = {}): Promise<Stranger> {
    const stranger = new Stranger(await VirtualWorld.start(options));
    stranger.world.dialer.dial(stranger.sink, new AbortController().signal);
    await stranger.world.clock.settle();
    return stranger;
  }

  async write(bytes: Uint8Array): Promise<this> {
    this.sink.link.write(bytes);
    await this.world.clock.settle();
    return this;
  }

  hello(): Promise<this> {
    return this.write(helloBytes());
  }

  /** What the server said, without its preface. */
  get frames(): Frame[] {
    const splitter = new FrameSplitter(65_536);
    const reader = new FrameReader();
    const frames: Frame[] = [];
    splitter.push(this.sink.received.slice(PREFACE.length));
    while (splitter.next()) frames.push(reader.read(splitter.bytes, splitter.start, splitter.end));
    return frames;
  }

  /** What it was refused with. */
  get rejection(): { code: string; message: string } {
    const [reject] = this.frames.filter(({ type }) => type === FrameType.REJECT) as HandshakeFrame[];
    const { code, message } = decodeReject(reject!.body);
    return { code, message };
  }

  async close(): Promise<void> {
    this.sink.link.abort();
    await this.world.clock.settle();
    await this.world.close();
  }
}

function helloBytes(): Uint8Array {
  const writer = new FrameWriter();
  writer.preface();
  const hello = { versionMin: 1, versionMax: 1, announcement: ANNOUNCEMENT, ...GREETING };
  writer.handshake(FrameType.HELLO, encodeHello(hello, Math.random));
  return writer.take()!;
}

const deciding = suite('a client that is being looked up');

deciding('is looked up with its credentials and its address, and what that gives is the session’s', async () => {
  const seen: unknown[] = [];
  const world = await VirtualWorld.start({
    server: {
      authenticate(auth: unknown, peer: LinkInfo) {
        seen.push(auth, peer);
        return Promise.resolve({ name: 'Ada' });
      },
    },
  });
  const { server } = await world.open({ auth: 'token' });
  assert.equal(seen, ['token', { transport: 'memory', address: 'memory' }]);
  assert.equal(server.auth, { name: 'Ada' });
  await world.close();
});

deciding('may be accepted at once, and by nobody’s word', async () => {
  const world = await VirtualWorld.start();
  const { server } = await world.open({ auth: 'anything' });
  assert.is(server.auth, undefined);
  await world.close();
});

for (const [title, thrown, expected] of [
  [
    'a Refusal with its message',
    new Refusal('banned', 'you are banned'),
    { code: 'ERR_HW_REJECTED', message: 'you are banned' },
  ],
  [
    'a Refusal that talks too much, cut between characters',
    new Refusal('x', 'ä'.repeat(200)),
    { code: 'ERR_HW_REJECTED', message: 'ä'.repeat(128) },
  ],
  ['any other error without its text', new Error('the database is at 10.0.0.1'), { code: 'ERR_HW_AUTH', message: '' }],
] as const) {
  for (const way of ['at once', 'later'] as const) {
    deciding(`is refused ${way} by ${title}`, async () => {
      const world = await VirtualWorld.start({
        server: {
          authenticate() {
            if (way === 'later') return Promise.reject(thrown);
            throw thrown;
          },
        },
      });
      const events = watchRejections(world);
      const client = world.connect();
      await world.clock.advance(1000);
      const cause = { kind: 'refused', by: 'application', ...expected } as const;
      assert.equal(await client.closed, cause);
      assert.is((await rejectionOf(client.ready)).code, expected.code);
      const kept = thrown instanceof Refusal ? {} : { error: thrown };
      assert.equal(events, [{ type: 'rejected', peer: { transport: 'memory', address: 'memory' }, cause, ...kept }]);
      assert.is(world.serverSessions.length, 0);
      await world.close();
    });
  }
}

deciding('with credentials that cannot be read is refused, and nobody is asked', async () => {
  let asked = 0;
  const codec = {
    name: 'msgpack',
    encode: () => new Uint8Array(1),
    decode: () => {
      throw new Error('unreadable');
    },
  };
  const world = await VirtualWorld.start({ server: { codec, authenticate: () => (asked += 1) } });
  const client = world.connect({ auth: 'token' });
  await world.clock.advance(1000);
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_AUTH');
  assert.is(asked, 0);
  await world.close();
});

deciding('and leaves becomes no session, and the look-up is told', async () => {
  for (const leave of ['abort', 'end'] as const) {
    let accept = (): void => {};
    const signals: AbortSignal[] = [];
    const stranger = await Stranger.connect({
      server: {
        authenticate: (_auth, _peer, signal) => {
          signals.push(signal);
          return new Promise<void>((resolve) => (accept = resolve));
        },
      },
    });
    await stranger.hello();
    assert.not.ok(signals[0]!.aborted);
    stranger.sink.link[leave]();
    await stranger.world.clock.settle();
    assert.ok(signals[0]!.aborted, leave);
    accept();
    await stranger.world.clock.settle();
    assert.equal([stranger.world.serverSessions, stranger.frames], [[], []]);
    assert.equal(
      stranger.events.map(({ cause }) => cause.kind),
      [leave === 'abort' ? 'reset' : 'finished'],
    );
    await stranger.close();
  }
});

deciding('is not begun for one that leaves without a word, and a word makes it a rejection', async () => {
  for (const leave of ['abort', 'end'] as const) {
    for (const [said, told] of [
      [new Uint8Array(0), []],
      [Uint8Array.from(PREFACE), [leave === 'abort' ? 'reset' : 'finished']],
    ] as const) {
      const stranger = await Stranger.connect();
      if (said.length > 0) await stranger.write(said);
      stranger.sink.link[leave]();
      await stranger.world.clock.settle();
      assert.equal(
        stranger.events.map(({ cause }) => cause.kind),
        told,
      );
      await stranger.close();
    }
  }
});

// The look-up made a session of it all the same, on a link that had been ended.
deciding('and half closes becomes no session while the link still lingers', async () => {
  let accept = (): void => {};
  const stranger = await Stranger.connect({
    server: { authenticate: () => new Promise<void>((resolve) => (accept = resolve)) },
  });
  await stranger.hello();
  stranger.world.network.latency(100);
  stranger.sink.link.end();
  await stranger.world.clock.advance(150);
  assert.is(stranger.world.network.connections, 1);
  accept();
  await stranger.world.clock.settle();
  assert.is(stranger.world.serverSessions.length, 0);
  await stranger.world.clock.advance(1000);
  assert.equal(
    stranger.events.map(({ cause }) => cause),
    [{ kind: 'finished' }],
  );
  await stranger.close();
});

deciding('must be silent until it is answered', async () => {
  const stranger = await Stranger.connect({ server: { authenticate: () => new Promise(() => {}) } });
  await stranger.hello();
  const writer = new FrameWriter();
  writer.ping(1, null);
  await stranger.write(writer.take()!);
  assert.equal(
    stranger.frames.map((frame) => (frame as ErrorFrame).code),
    [errorNumber('ERR_HW_UNEXPECTED_FRAME')],
  );
  assert.is(stranger.events[0]?.cause.kind, undefined, 'the connection lingers until the client has read the word');
  stranger.sink.link.end();
  await stranger.world.clock.settle();
  assert.is(stranger.events[0]?.cause.kind, 'protocol');
  await stranger.close();
});
deciding.run();

const strangers = suite('a stranger');

strangers('that says nothing is dropped when the handshake’s time is over', async () => {
  const stranger = await Stranger.connect({ server: { limits: { handshakeTimeout: 500 } } });
  await stranger.world.clock.advance(499);
  assert.is(stranger.sink.byteLength, 0);
  await stranger.world.clock.advance(1);
  assert.equal(
    stranger.frames.map((frame) => (frame as ErrorFrame).code),
    [errorNumber('ERR_HW_TIMEOUT')],
  );
  await stranger.world.clock.advance(1000);
  assert.is((await stranger.sink.hasClosed()).kind, 'reset');
  assert.equal(
    stranger.events.map(({ cause }) => cause),
    [{ kind: 'timeout', of: 'handshake', silentFor: 500 }],
  );
  await stranger.close();
});

strangers(
  'that is no heartwire is told so, with the preface first, and is reported by what it looks like',
  async () => {
    const stranger = await Stranger.connect();
    await stranger.write(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
    assert.equal(Array.from(stranger.sink.received.subarray(0, 5)), PREFACE);
    assert.equal(
      stranger.frames.map((frame) => (frame as ErrorFrame).code),
      [errorNumber('ERR_HW_PREFACE')],
    );
    stranger.sink.link.end();
    await stranger.world.clock.settle();
    const [event] = stranger.events;
    assert.ok(event?.cause.kind === 'protocol' && event.cause.error.message.includes('HTTP request'));
    assert.equal(event.type === 'rejected' && event.peer, { transport: 'memory', address: 'memory' });
    await stranger.close();
  },
);

strangers('that hangs up in the middle of its HELLO is reported', async () => {
  const stranger = await Stranger.connect();
  await stranger.write(helloBytes().subarray(0, 12));
  stranger.sink.link.end();
  await stranger.world.clock.settle();
  const [event] = stranger.events;
  assert.ok(event?.cause.kind === 'protocol' && event.cause.error.code === 'ERR_HW_TRUNCATED');
  await stranger.close();
});

strangers('that is reset is reported with what the transport saw', async () => {
  const world = await VirtualWorld.start();
  const events = watchRejections(world);
  const sink = new RecordingSink();
  world.dialer.dial(sink, new AbortController().signal);
  await world.clock.settle();
  sink.link.write(helloBytes().subarray(0, 12));
  await world.clock.settle();
  world.network.reset();
  await world.clock.settle();
  assert.equal(
    events.map(({ cause }) => cause),
    [{ kind: 'reset' }],
  );
  await world.close();
});

strangers('is answered in pieces of one byte as well', async () => {
  const world = await VirtualWorld.start();
  world.network.slice(1);
  await world.open();
  await world.close();
});
strangers.run();

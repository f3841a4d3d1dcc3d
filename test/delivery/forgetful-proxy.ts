/** A proxy that stops forwarding, without a word to anybody: for good to the connections that it has, or for a while to all. What arrives meanwhile waits, as with TCP, and nothing of it is lost. */
import type { Socket } from 'node:net';
import { startProxy, type Proxy, type ProxyPair } from './proxy.ts';

export interface ForgetfulProxy extends Proxy {
  /** Nothing passes any more on the connections that stand; new ones work. */
  forget(): void;
  /** Nothing passes any more, on new connections either. */
  blackhole(): void;
  /** Everything passes that was not forgotten. */
  heal(): void;
}

export async function startForgetfulProxy(target: number): Promise<ForgetfulProxy> {
  let pairs: ProxyPair[] = [];
  let isBlack = false;
  const each = (act: (socket: Socket) => void): void => {
    for (const { near, far } of pairs) for (const socket of [near, far]) act(socket);
  };
  const proxy = await startProxy(target, (pair) => {
    pairs.push(pair);
    forward(pair.near, pair.far);
    forward(pair.far, pair.near);
    if (isBlack) for (const socket of [pair.near, pair.far]) socket.pause();
  });
  return {
    port: proxy.port,
    close: () => proxy.close(),
    forget() {
      each((socket) => socket.pause());
      pairs = [];
    },
    blackhole() {
      isBlack = true;
      each((socket) => socket.pause());
    },
    heal() {
      isBlack = false;
      each((socket) => socket.resume());
    },
  };
}

function forward(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => to.write(chunk));
  from.on('end', () => to.end());
  from.on('close', () => to.destroy());
}

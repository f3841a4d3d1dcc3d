// What runs in a dedicated, a shared and a service worker: a session for whoever asks through a port.
import { connect } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';

interface Order {
  readonly address: string;
  readonly words: readonly string[];
}

// A shared worker gets its port when somebody connects, the others in a message.
for (const type of ['connect', 'message']) {
  globalThis.addEventListener(type, (event) => {
    const [port] = (event as MessageEvent).ports;
    port?.addEventListener('message', ({ data }: MessageEvent<Order>) => void talk(port, data));
    port?.start();
  });
}

async function talk(port: MessagePort, { address, words }: Order): Promise<void> {
  try {
    const session = connect(ws(address));
    const receipts = await Promise.all(words.map((word) => session.send('say', word)));
    const { rtt } = await session.ping();
    await session.close();
    const hasDocument = 'document' in globalThis;
    port.postMessage({ stages: receipts.map(({ stage }) => stage), hasDocument, isMeasured: rtt >= 0 });
  } catch (error) {
    port.postMessage(String(error));
  }
}

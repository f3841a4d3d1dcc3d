/** The chat server: one room, over TCP and over WebSocket at once, and the page that speaks the latter. */
import { Refusal, serve, type Server, type ServerSession } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';
import { TEXT_MAX_CHARS, type Chat } from '../contract.ts';
import type { ChatLog } from './chat-log.ts';
import { checkCredentials } from './credentials.ts';
import { bundlePage } from './page-bundle.ts';
import { startPageServer, WEB_SOCKET_PATH, type PageServer } from './page-server.ts';
import { Room } from './room.ts';

export interface ChatServerOptions {
  readonly host: string;
  readonly tcpPort: number;
  readonly httpPort: number;
  readonly log: ChatLog;
}

export interface ChatServer {
  readonly tcpAddress: string;
  readonly wsAddress: string;
  readonly pageAddress: string;
  /** Lets everybody finish what they are saying, says goodbye, and stops. */
  stop(): Promise<void>;
}

/** A line of the greatest length takes three bytes for each of its characters. */
const LIMITS = { messageMaxBytes: 65_536, windowMessages: 1024, windowBytes: 4 * 1024 * 1024 };
const MAX_MEMBERS = 1000;
/** So long somebody whose connection is lost stays in the room, and misses nothing. */
const RESUME_MS = 60_000;
const GOODBYE_MS = 3000;

/** Starts the server. Rejects with a sentence for a person when a port cannot be had. */
export async function startChatServer({ host, tcpPort, httpPort, log }: ChatServerOptions): Promise<ChatServer> {
  const page = await startPageServer(await bundlePage(), host, httpPort);
  const room = new Room();
  const listeners = [tcpServer({ port: tcpPort, host }), wsServer({ server: page.http, path: WEB_SOCKET_PATH })];
  const server = await serve<Chat>(listeners, {
    name: 'heartwire chat',
    limits: LIMITS,
    heartbeat: 'game',
    resume: { window: RESUME_MS },
    principal: ({ name }) => name,
    authenticate: (credentials) => admit(credentials, room),
    session: (session) => welcome(session, room, log),
  }).catch(async (error: unknown) => {
    await page.close();
    throw new Error(`${(error as Error).message} The option is --tcp-port.`, { cause: error });
  });
  // Which of its addresses this machine calls localhost is nobody's concern.
  const [tcpAddress = '', wsAddress = ''] = server.addresses.map((address) =>
    host === 'localhost' ? address.replace(/127\.0\.0\.1|\[::1\]/, host) : address,
  );
  return { tcpAddress, wsAddress, pageAddress: page.address, stop: () => stop(server, room, page) };
}

/** Whoever comes back after a lost connection is asked again, and has a place already. */
function admit(credentials: unknown, room: Room): Chat['auth'] {
  const auth = checkCredentials(credentials);
  if (room.online.length < MAX_MEMBERS || room.hasSomebodyCalled(auth.name)) return auth;
  throw new Refusal('full', 'the room is full; please come back later');
}

function welcome(session: ServerSession<Chat>, room: Room, log: ChatLog): void {
  const member = room.enter(session);
  const say = async ({ text }: Chat['up']['say']): Promise<void> => {
    checkText(text);
    const said = room.stamp(member.name, text);
    await log.write(said);
    room.publish(said, member);
  };
  // Lines wait for the log together; it takes them, and is done with them, in the order in which they came.
  session.handle('say', say, { concurrency: 64 });
  session.handle('who', () => room.online);
}

/** The type says that it is a string; a stranger's client may say something else. */
function checkText(text: unknown): asserts text is string {
  if (typeof text !== 'string') throw new Refusal('no-text', 'the text is missing', 'The text is missing.');
  if (text.length <= TEXT_MAX_CHARS) return;
  const sentence = `That is too long: ${text.length} characters, at most ${TEXT_MAX_CHARS}.`;
  throw new Refusal('too-long', sentence, sentence);
}

async function stop(server: Server<Chat>, room: Room, page: PageServer): Promise<void> {
  room.dissolve();
  await server.drain({ timeout: GOODBYE_MS, reason: 'the server is shutting down' });
  await page.close();
}

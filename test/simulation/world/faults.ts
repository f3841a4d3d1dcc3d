/** What a fault does, at the moment when it strikes. */
import type { LinkEnd, SimLink } from '../network/sim-link.ts';
import type { Cast } from './cast.ts';
import type { FaultKind } from './plan.ts';
import type { Scene } from './scene.ts';
import type { SimClient } from './sim-client.ts';

const LATE_MAX_MS = 8000;
const STALL_MAX_MS = 3000;
const DOWN_MAX_MS = 2000;
const STRAGGLE_MAX_MS = 3000;
const AGAIN_MAX_MS = 600;

export function strike(cast: Cast, kind: FaultKind): void {
  const { scene, server, clients } = cast;
  const { random, network, clock } = scene;
  const how = random.pick(['reset', 'fin', 'silent'] as const);
  if (kind === 'server-crash') return server.crash(how, random.integer(0, DOWN_MAX_MS));
  if (kind === 'server-drain') return server.replace(random.pick(['close', 'drain']), random.integer(100, 5000));
  if (kind === 'server-leave')
    return server.leave(random.integer(100, 5000), random.integer(20, 2000), random.next() < 0.5);
  if (kind === 'absence') return leaveAlone(scene, random.pick(clients));
  if (kind === 'client-crash') return random.pick(clients).crash(how);
  // While what the first one has set off is under way.
  if (kind === 'cut-twice') clock.schedule(() => strike(cast, 'cut'), random.integer(0, AGAIN_MAX_MS));
  const links = network.links.filter((link) => link.client.isStanding && link.server.isStanding);
  if (links.length > 0) strikeLink(scene, kind, random.pick(links));
}

function strikeLink({ clock, random, trace }: Scene, kind: FaultKind, link: SimLink): void {
  const [first, second] = shuffled(link, random.next() < 0.5);
  const overtakes = random.next() < 0.5;
  const nowMs = clock.now();
  trace.line('fault', `${kind} on ${link.name}, ${first.role} first${overtakes ? ', what is under way is lost' : ''}`);
  trace.fact('fault', kind, link.name, first.role, overtakes);
  switch (kind) {
    case 'cut':
    case 'cut-twice':
      if (!overtakes) for (const end of link.ends) end.outgoing.lose(random.next());
      // Toward each end: what it sees, and when.
      first.outgoing.reset(0, overtakes);
      return second.outgoing.reset(0, overtakes);
    case 'cut-late':
      first.outgoing.reset(random.integer(0, LATE_MAX_MS), overtakes);
      return second.outgoing.reset(0, true);
    case 'straggle':
      return straggle(link, nowMs + random.integer(1, STRAGGLE_MAX_MS), random.integer(0, LATE_MAX_MS));
    case 'fin':
      first.outgoing.end();
      return second.outgoing.end();
    case 'half-close':
      return first.outgoing.end();
    case 'stall':
      return first.outgoing.hold(nowMs + random.integer(1, STALL_MAX_MS));
    case 'hole':
      first.outgoing.hold(Infinity);
      return second.outgoing.hold(Infinity);
    default:
      return first.outgoing.hold(Infinity);
  }
}

/** Its connections are cut, and it makes no other one for a while. */
function leaveAlone(scene: Scene, client: SimClient): void {
  const { clock, random, plan } = scene;
  client.process.awayUntilMs = clock.now() + Math.floor(plan.keeping.windowMs * (0.5 + random.next()));
  cutClient(scene, client);
}

/** Cuts what a client has, in the one way or the other. */
export function cutClient(scene: Scene, { process }: SimClient): void {
  for (const link of scene.network.links) if (link.client.process === process) strikeLink(scene, 'cut', link);
}

/** The client comes back while what it wrote before is still on its way; the server learns even later that the connection is lost. */
function straggle({ client, server }: SimLink, untilMs: number, lostAfterMs: number): void {
  client.outgoing.hold(untilMs);
  client.outgoing.reset(lostAfterMs, false);
  server.outgoing.reset(0, true);
}

function shuffled({ client, server }: SimLink, isSwapped: boolean): readonly [LinkEnd, LinkEnd] {
  return isSwapped ? [server, client] : [client, server];
}

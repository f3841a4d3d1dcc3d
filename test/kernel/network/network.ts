/**
 * Three machines in a row, client - router - server, each a network namespace of this kernel, with the faults of real networks as methods.
 *
 * Nothing but iproute2 is needed, and the right to make namespaces (root). The addresses are the same in every network: none of them
 * can be reached from anywhere else. A fault stays until `heal`, which undoes all of them.
 */
import { newNamespaceName } from './namespace-name.ts';
import { shell } from './shell.ts';

export const CLIENT_ADDRESS = '10.77.1.2';
export const SERVER_ADDRESS = '10.77.2.2';
const CLIENT_GATEWAY = '10.77.1.1';
const SERVER_GATEWAY = '10.77.2.1';

/** What differs from a Linux as it comes, in client and server: without it a kernel takes minutes to give up. */
const SETTINGS: Settings = {
  // Default 15: about 15 minutes. Then ETIMEDOUT of what was written.
  tcp_retries2: 3,
  // Default 6: about 2 minutes. Then ETIMEDOUT of a dial.
  tcp_syn_retries: 1,
  // Default 0. What one connection learned of the way must not change the times of the next.
  tcp_no_metrics_save: 1,
};

/** Values of net.ipv4. */
export type Settings = Readonly<Record<string, number>>;

interface Fault {
  readonly mend: readonly string[];
}

export class Network {
  readonly client: string = newNamespaceName('client');
  readonly router: string = newNamespaceName('router');
  readonly server: string = newNamespaceName('server');
  #faults: Fault[] = [];

  private constructor() {}

  /** Make the three and connect them. Rejects when that is not possible here. */
  static async make(): Promise<Network> {
    const network = new Network();
    try {
      await network.#make();
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  /** What to write before a command so that it runs on this machine. */
  on(machine: 'client' | 'server'): readonly string[] {
    return ['ip', 'netns', 'exec', this[machine]];
  }

  /** From now on the router drops every packet, in both directions, and says nothing. */
  async hole(): Promise<void> {
    await this.#route('blackhole', [CLIENT_ADDRESS, SERVER_ADDRESS]);
  }

  /** From now on the router drops what goes to one side, and says nothing. */
  async holeTowards(side: 'client' | 'server'): Promise<void> {
    await this.#route('blackhole', [side === 'client' ? CLIENT_ADDRESS : SERVER_ADDRESS]);
  }

  /** The router has no way to the server and says so (ICMP host unreachable). */
  async unreachable(): Promise<void> {
    await this.#route('unreachable', [SERVER_ADDRESS]);
  }

  /** The router may not let anything through to the server and says so (ICMP communication administratively prohibited). */
  async prohibit(): Promise<void> {
    await this.#route('prohibit', [SERVER_ADDRESS]);
  }

  /** The router knows no network that the server is in, and says so (ICMP network unreachable). */
  async forgetServer(): Promise<void> {
    const route = `ip -n ${this.router} route`;
    await this.#strike(
      [`${route} del 10.77.2.0/24 dev to-server`],
      [`${route} replace 10.77.2.0/24 dev to-server proto kernel scope link src ${SERVER_GATEWAY}`],
    );
  }

  /** A firewall that has lost its state, as seen from the client: it answers for the server with a reset. */
  async answerWithReset(): Promise<void> {
    await this.#strike(
      [`ip -n ${this.router} addr add ${SERVER_ADDRESS}/32 dev lo`],
      [`ip -n ${this.router} addr del ${SERVER_ADDRESS}/32 dev lo`],
    );
  }

  /** The client's own interface goes down, as when the wireless network is switched off. */
  async cutClient(): Promise<void> {
    await this.#strike([`ip -n ${this.client} link set wire down`], this.#clientUp());
  }

  /** The cable is pulled from the client: its interface stays up and has no carrier. */
  async unplugClient(): Promise<void> {
    await this.#strike(
      [`ip -n ${this.router} link set to-client down`],
      [`ip -n ${this.router} link set to-client up`],
    );
  }

  /** The server's cable is cut; the router notices. */
  async cutServer(): Promise<void> {
    await this.#strike([`ip -n ${this.server} link set wire down`], this.#serverUp());
  }

  /** The server's machine is off, behind a switch that keeps the cable of the router alive: nobody answers to the address (ARP). */
  async loseServer(): Promise<void> {
    await this.#strike(
      // Linux goes on sending to a neighbour that it has heard of for up to a minute. That is skipped here.
      [`ip -n ${this.server} addr flush dev wire`, `ip -n ${this.router} neigh flush dev to-server`],
      [`ip -n ${this.server} addr replace ${SERVER_ADDRESS}/24 dev wire`, ...this.#serverUp()],
    );
  }

  /** The server's machine starts anew with the same address. Its programs have to be gone. */
  async rebootServer(): Promise<void> {
    await shell(
      // The names of what goes with a namespace are free again only some time after it.
      `ip -n ${this.router} link del to-server`,
      `ip netns del ${this.server}`,
      `ip netns add ${this.server}`,
      ...this.#serverLines(),
    );
  }

  /** Values of net.ipv4 on one machine that {@link SETTINGS} has, until `heal`. */
  async set(machine: 'client' | 'server', settings: Settings): Promise<void> {
    const usual = Object.fromEntries(Object.keys(settings).map((name) => [name, SETTINGS[name]!]));
    await this.#strike(settingLines(this[machine], settings), settingLines(this[machine], usual));
  }

  /** Resolves when no connection has anything unread or unacknowledged. The kernel has no event for that. */
  async quiet(): Promise<void> {
    const isBusy = `ss -Htn state established | grep -Evq "^ *0 +0 "`;
    const lines = [this.client, this.server].map(
      (name) => `ip netns exec ${name} sh -c 'while ${isBusy}; do sleep 0.01; done'`,
    );
    await shell(...lines);
  }

  /** Resolves when a connection of that machine has sent something so many times again in vain. The kernel has no event for that. */
  async retransmits(machine: 'client' | 'server', count: number): Promise<void> {
    const isThere = `ss -Htni state established | grep -Eq "backoff:[${count}-9]"`;
    await shell(`ip netns exec ${this[machine]} sh -c 'until ${isThere}; do sleep 0.02; done'`);
  }

  /** Undo every fault. */
  async heal(): Promise<void> {
    const faults = [...this.#faults].reverse();
    this.#faults = [];
    if (faults.length > 0) await shell(...faults.flatMap(({ mend }) => mend));
  }

  /** Remove all of it. Never rejects. */
  async remove(): Promise<void> {
    const names = [this.client, this.router, this.server];
    await shell(...names.map((name) => `ip netns del ${name} 2>/dev/null || true`)).catch(() => {});
  }

  async #make(): Promise<void> {
    const { client, router, server } = this;
    await shell(
      `ip netns add ${client}; ip netns add ${router}; ip netns add ${server}`,
      `ip link add name wire netns ${client} type veth peer name to-client netns ${router}`,
      `ip -n ${client} -batch - <<END`,
      'link set lo up',
      `addr add ${CLIENT_ADDRESS}/24 dev wire`,
      'link set wire up',
      'END',
      `ip -n ${router} -batch - <<END`,
      'link set lo up',
      `addr add ${CLIENT_GATEWAY}/24 dev to-client`,
      'link set to-client up',
      'END',
      ...this.#clientUp(),
      ...this.#serverLines(),
      ...settingLines(client),
      // A filter of addresses would take a hole towards one side for a spoofed address of that side.
      `ip netns exec ${router} sh -c 'cd /proc/sys/net/ipv4; echo 1 >ip_forward; for f in conf/*/rp_filter; do echo 0 >$f; done'`,
    );
  }

  #serverLines(): string[] {
    const { router, server } = this;
    return [
      `ip link add name wire netns ${server} type veth peer name to-server netns ${router}`,
      `ip -n ${server} -batch - <<END`,
      'link set lo up',
      `addr add ${SERVER_ADDRESS}/24 dev wire`,
      'link set wire up',
      'END',
      `ip -n ${router} -batch - <<END`,
      `addr add ${SERVER_GATEWAY}/24 dev to-server`,
      'link set to-server up',
      'END',
      ...this.#serverUp(),
      ...settingLines(server),
    ];
  }

  #clientUp(): string[] {
    return [
      `ip -n ${this.client} link set wire up`,
      `ip -n ${this.client} route replace default via ${CLIENT_GATEWAY}`,
    ];
  }

  #serverUp(): string[] {
    return [
      `ip -n ${this.server} link set wire up`,
      `ip -n ${this.server} route replace default via ${SERVER_GATEWAY}`,
    ];
  }

  async #route(type: string, addresses: readonly string[]): Promise<void> {
    await this.#strike(
      addresses.map((address) => `ip -n ${this.router} route add ${type} ${address}/32`),
      addresses.map((address) => `ip -n ${this.router} route del ${type} ${address}/32`),
    );
  }

  async #strike(lines: readonly string[], mend: readonly string[]): Promise<void> {
    this.#faults.push({ mend });
    await shell(...lines);
  }
}

function settingLines(namespace: string, settings: Settings = SETTINGS): string[] {
  const writes = Object.entries(settings).map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`);
  return [`ip netns exec ${namespace} sh -c '${writes.join('; ')}'`];
}

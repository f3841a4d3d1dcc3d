/**
 * Three machines in a row, client - router - server, each a network namespace of this kernel, with the faults of real networks as methods.
 *
 * Nothing but iproute2 is needed, and the right to make namespaces (root). The addresses are the same in every network: none of them
 * can be reached from anywhere else. A fault stays until `heal`, which undoes all of them; `restore` makes the network as new.
 */
import { newNamespaceName } from './namespace-name.ts';
import { inNamespace, settingLines, shell, untilUp, type KernelSettings } from './shell.ts';

export const CLIENT_ADDRESS = '10.77.1.2';
export const SERVER_ADDRESS = '10.77.2.2';
const CLIENT_GATEWAY = '10.77.1.1';
const SERVER_GATEWAY = '10.77.2.1';

/** What differs from a Linux as it comes, in client and server: without it a kernel takes minutes to give up. */
const SETTINGS: KernelSettings = {
  // Default 15: about 15 minutes. Then ETIMEDOUT of what was written.
  tcp_retries2: 3,
  // Default 6: about 2 minutes. Then ETIMEDOUT of a dial.
  tcp_syn_retries: 1,
  // Default 0. What one connection learned of the way must not change the times of the next.
  tcp_no_metrics_save: 1,
};

const ROUTER_SETTINGS: KernelSettings = {
  // Default 1,000: one ICMP error a second for each address, and dials that follow one another would get none.
  icmp_ratelimit: 0,
  // Some distributions filter source addresses, and would take a hole towards one side for a spoofed address of that side.
  'conf/all/rp_filter': 0,
  'conf/to-client/rp_filter': 0,
  'conf/to-server/rp_filter': 0,
};

export class Network {
  readonly client: string = newNamespaceName('client');
  readonly router: string = newNamespaceName('router');
  readonly server: string = newNamespaceName('server');
  /** How to undo each fault. */
  #mends: (readonly string[])[] = [];
  #restores: (readonly string[])[] = [];

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

  /** The router may let nothing through to the server and says so (ICMP communication administratively prohibited). */
  async prohibit(): Promise<void> {
    await this.#route('prohibit', [SERVER_ADDRESS]);
  }

  /** The router knows no network that the server is in, and says so (ICMP network unreachable). */
  async forgetServer(): Promise<void> {
    const route = `10.77.2.0/24 dev to-server proto kernel scope link src ${SERVER_GATEWAY}`;
    await this.#strike(inNamespace(this.router, `route del ${route}`), inNamespace(this.router, `route add ${route}`));
  }

  /** A firewall that has lost its state, as seen from the client: it answers for the server with a reset. */
  async answerWithReset(): Promise<void> {
    const address = `${SERVER_ADDRESS}/32 dev lo`;
    await this.#strike(
      inNamespace(this.router, `addr add ${address}`),
      inNamespace(this.router, `addr del ${address}`),
    );
  }

  /** The client's own interface goes down, as when the wireless network is switched off. */
  async cutClient(): Promise<void> {
    await this.#strike(inNamespace(this.client, 'link set wire down'), this.#clientUp());
  }

  /** The cable is pulled from the client: its interface stays up and has no carrier. */
  async unplugClient(): Promise<void> {
    const { router } = this;
    await this.#strike(inNamespace(router, 'link set to-client down'), [
      ...inNamespace(router, 'link set to-client up'),
      ...this.#clientUp(),
    ]);
  }

  /** The server's cable is cut; the router notices. */
  async cutServer(): Promise<void> {
    await this.#strike(inNamespace(this.server, 'link set wire down'), this.#serverUp());
  }

  /** The server's machine is off, behind a switch that keeps the cable of the router alive: nobody answers to the address (ARP). */
  async loseServer(): Promise<void> {
    const { server, router } = this;
    await this.#strike(
      // Linux goes on sending to a neighbour that it has heard of for up to a minute. That is skipped here.
      [...inNamespace(server, 'addr flush dev wire'), ...inNamespace(router, 'neigh flush dev to-server')],
      [...inNamespace(server, `addr replace ${SERVER_ADDRESS}/24 dev wire`), ...this.#serverUp()],
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

  /** Values of net.ipv4 on one machine that {@link SETTINGS} has, until `restore`. */
  async set(machine: 'client' | 'server', settings: KernelSettings): Promise<void> {
    const usual = Object.fromEntries(Object.keys(settings).map((name) => [name, SETTINGS[name]!]));
    this.#restores.push(settingLines(this[machine], usual));
    await shell(...settingLines(this[machine], settings));
  }

  /** Undo every fault. */
  async heal(): Promise<void> {
    const mends = [...this.#mends].reverse();
    this.#mends = [];
    if (mends.length > 0) await shell(...mends.flat());
  }

  /** Undo every fault and every setting. */
  async restore(): Promise<void> {
    this.#mends.unshift(...this.#restores);
    this.#restores = [];
    await this.heal();
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
      ...inNamespace(router, 'link set lo up', `addr add ${CLIENT_GATEWAY}/24 dev to-client`, 'link set to-client up'),
      ...inNamespace(client, 'link set lo up', `addr add ${CLIENT_ADDRESS}/24 dev wire`),
      ...this.#clientUp(),
      ...settingLines(client, SETTINGS),
      ...this.#serverLines(),
      ...settingLines(router, { ip_forward: 1, ...ROUTER_SETTINGS }),
    );
  }

  #serverLines(): string[] {
    const { router, server } = this;
    return [
      `ip link add name wire netns ${server} type veth peer name to-server netns ${router}`,
      ...inNamespace(router, `addr add ${SERVER_GATEWAY}/24 dev to-server`, 'link set to-server up'),
      ...inNamespace(server, 'link set lo up', `addr add ${SERVER_ADDRESS}/24 dev wire`),
      ...this.#serverUp(),
      ...settingLines(server, SETTINGS),
    ];
  }

  #clientUp(): string[] {
    const { client, router } = this;
    return [
      ...inNamespace(client, 'link set wire up', `route replace default via ${CLIENT_GATEWAY}`),
      untilUp(client, 'wire'),
      untilUp(router, 'to-client'),
    ];
  }

  #serverUp(): string[] {
    const { server, router } = this;
    return [
      ...inNamespace(server, 'link set wire up', `route replace default via ${SERVER_GATEWAY}`),
      untilUp(server, 'wire'),
      untilUp(router, 'to-server'),
    ];
  }

  async #route(type: string, addresses: readonly string[]): Promise<void> {
    await this.#strike(
      inNamespace(this.router, ...addresses.map((address) => `route add ${type} ${address}/32`)),
      inNamespace(this.router, ...addresses.map((address) => `route del ${type} ${address}/32`)),
    );
  }

  async #strike(lines: readonly string[], mend: readonly string[]): Promise<void> {
    this.#mends.push(mend);
    await shell(...lines);
  }
}

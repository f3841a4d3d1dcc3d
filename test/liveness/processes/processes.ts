/** A server and crowds of clients, each in a process of its own, that can be stopped, blocked and asked. */
import { fork, type ChildProcess } from 'node:child_process';
import { kill, nextMessage } from '../../delivery/child-program.ts';
import { bundleProgram, type ProgramBundle } from '../../support/program-bundle.ts';
import type { CrowdArguments, Order, Report, ServerArguments } from './program-words.ts';

export class Processes {
  readonly #bundles: readonly ProgramBundle[];
  readonly #children: ChildProcess[] = [];

  private constructor(bundles: readonly ProgramBundle[]) {
    this.#bundles = bundles;
  }

  static async prepare(): Promise<Processes> {
    const sources = ['test/liveness/processes/server-program.ts', 'test/liveness/processes/crowd-program.ts'];
    return new Processes(await Promise.all(sources.map((source) => bundleProgram(source))));
  }

  /** Resolves when it listens. */
  async server(args: ServerArguments): Promise<{ readonly child: ChildProcess; readonly address: string }> {
    const child = this.#start(0, args);
    return { child, address: await nextMessage<string>(child) };
  }

  /** Resolves when all of its sessions are open. */
  async crowd(args: CrowdArguments): Promise<ChildProcess> {
    const child = this.#start(1, args);
    await nextMessage(child);
    return child;
  }

  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => kill(child)));
    for (const bundle of this.#bundles) bundle.remove();
  }

  #start(program: number, args: object): ChildProcess {
    const child = fork(this.#bundles[program]!.file, [JSON.stringify(args)]);
    this.#children.push(child);
    return child;
  }
}

export async function ask<T = Report>(child: ChildProcess, order: Order): Promise<T> {
  child.send(order);
  return nextMessage<T>(child);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

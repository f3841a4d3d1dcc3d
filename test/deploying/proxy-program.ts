/** A real proxy in front of a server of ours: nginx or HAProxy, with the configuration of docs/deploying.md, on ports of loopback and with short limits. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDeadline } from '../support/with-deadline.ts';
import { debianProgram, type DebianProgram } from './debian-program.ts';
import { documentConfig, withValues } from './document-config.ts';
import { freePorts } from './free-port.ts';

export type ProxyName = 'nginx' | 'haproxy';
type FivePorts = [number, number, number, number, number];
type Found = Exclude<DebianProgram, { readonly unavailable: string }>;

export interface ProxyOptions {
  /** How long a connection may be idle, and how long it may live on after a reload; in seconds. */
  readonly idleSeconds: number;
  readonly shutdownSeconds: number;
  /** Two servers for WebSocket instead of one. */
  readonly isShared?: boolean;
}

const START_MS = 10_000;
const LOOK_EACH_MS = 20;

const PACKAGES = {
  nginx: {
    name: 'nginx',
    packages: ['nginx', 'libnginx-mod-stream', 'libpcre2-8-0'],
    file: 'usr/sbin/nginx',
    versionFlag: '-v',
  },
  haproxy: {
    name: 'haproxy',
    packages: ['haproxy', 'liblua5.3-0', 'libopentracing-c-wrapper0', 'libopentracing1', 'libpcre2-8-0'],
    file: 'usr/sbin/haproxy',
    versionFlag: '-v',
  },
} as const;

export function findProxy(name: ProxyName): DebianProgram {
  return debianProgram(PACKAGES[name]);
}

/** One that can be started, told to read its configuration again, stopped, and started again on the same ports. */
export class ProxyProgram {
  /** What clients dial. */
  readonly wsPort: number;
  readonly tcpPort: number;
  /** Where the server behind it has to listen. */
  readonly wsTarget: number;
  readonly tcpTarget: number;
  /** Of a second server for WebSocket; nothing need listen there. */
  readonly secondTarget: number;
  readonly #program: Found;
  readonly #name: ProxyName;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(name: ProxyName, program: Found, ports: readonly number[], options: ProxyOptions) {
    this.#name = name;
    this.#program = program;
    [this.wsPort, this.tcpPort, this.wsTarget, this.tcpTarget, this.secondTarget] = ports as FivePorts;
    this.#folder = mkdtempSync(path.join(tmpdir(), `heartwire-${name}-`));
    writeFileSync(this.#config, name === 'nginx' ? this.#nginxConfig(options) : this.#haproxyConfig(options));
  }

  /** With its configuration and its ports; it is not started yet. */
  static async prepare(name: ProxyName, program: Found, options: ProxyOptions): Promise<ProxyProgram> {
    return new ProxyProgram(name, program, await freePorts(5), options);
  }

  async start(): Promise<void> {
    const { file, env } = this.#program;
    const args = this.#name === 'nginx' ? this.#nginxArgs() : ['-W', '-db', '-q', '-f', this.#config];
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], env, cwd: this.#folder });
    this.#child = child;
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${this.#name} ended`)));
    ended.catch(() => {});
    const listening = Promise.all([this.wsPort, this.tcpPort].map((port) => untilListening(port, child)));
    await withDeadline(START_MS, Promise.race([listening, ended]), `${this.#name} to listen`);
  }

  /** Read the configuration again: new workers take what is new, the old ones keep their connections for a while. */
  reload(): void {
    if (this.#name === 'nginx') this.#control('reload');
    else this.#child!.kill('SIGUSR2');
  }

  /** At once, with all connections. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    if (this.#name === 'nginx') this.#control('stop');
    else child.kill('SIGTERM');
    await withDeadline(START_MS, exited, `the end of ${this.#name}`);
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #config(): string {
    return path.join(this.#folder, 'proxy.conf');
  }

  #nginxArgs(): string[] {
    // As root it would give its workers to a user that this machine need not have.
    const user = process.getuid?.() === 0 ? 'user root root;' : '';
    const globals = `daemon off; pid ${this.#folder}/nginx.pid; error_log stderr crit; ${user}`;
    return ['-p', this.#folder, '-c', this.#config, '-g', globals];
  }

  #control(word: 'reload' | 'stop'): void {
    const { file, env } = this.#program;
    const { status, stderr } = spawnSync(file, [...this.#nginxArgs(), '-s', word], { encoding: 'utf8', env });
    if (status !== 0) throw new Error(`nginx -s ${word}: ${stderr}`);
  }

  #nginxConfig({ idleSeconds, shutdownSeconds, isShared = false }: ProxyOptions): string {
    const second = isShared ? ` server 127.0.0.1:${this.secondTarget};` : '';
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const scratch = folders.map((kind) => `${kind}_temp_path ${this.#folder}/${kind};`).join(' ');
    return withValues(documentConfig('nginx.conf'), [
      ['modules/', path.join(this.#program.root, 'usr/lib/nginx/modules/')],
      ['listen 80;', `listen 127.0.0.1:${this.wsPort};`],
      ['listen 7070;', `listen 127.0.0.1:${this.tcpPort};`],
      ['server 127.0.0.1:8080;', `server 127.0.0.1:${this.wsTarget};${second}`],
      ['127.0.0.1:7000', `127.0.0.1:${this.tcpTarget}`],
      ['worker_shutdown_timeout 10s', `worker_shutdown_timeout ${shutdownSeconds}s`],
      ['75s', `${idleSeconds}s`],
      // As many as every machine allows.
      ['worker_rlimit_nofile 65536', 'worker_rlimit_nofile 1000'],
      ['worker_connections 32768', 'worker_connections 400'],
      ['http {', `http { access_log off; ${scratch}`],
    ]);
  }

  #haproxyConfig({ idleSeconds, shutdownSeconds, isShared = false }: ProxyOptions): string {
    const second = isShared ? `  server two 127.0.0.1:${this.secondTarget} check\n` : '';
    return withValues(documentConfig('haproxy.cfg'), [
      ['bind :80\n', `bind 127.0.0.1:${this.wsPort}\n`],
      ['bind :7070', `bind 127.0.0.1:${this.tcpPort}`],
      ['127.0.0.1:8080 check\n', `127.0.0.1:${this.wsTarget} check\n${second}`],
      ['127.0.0.1:7000', `127.0.0.1:${this.tcpTarget}`],
      ['hard-stop-after 10s', `hard-stop-after ${shutdownSeconds}s`],
      ['75s', `${idleSeconds}s`],
      ['maxconn 32768', 'maxconn 400'],
    ]);
  }
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && !(await isListening(port))) {
    await new Promise((done) => setTimeout(done, LOOK_EACH_MS));
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

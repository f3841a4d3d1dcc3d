/**
 * A real Chromium for tests, out of the lockfile: no browser needs to be on the machine, and nothing is downloaded here.
 *
 * The package carries the browser as compressed files. They are unpacked once into `.cache`, each under a name of its own
 * first and then renamed, so that two test processes can do it at the same time. A machine that lacks the system libraries
 * of the browser gets those of the package; one that lacks fonts gets its font. HEARTWIRE_CHROMIUM names another browser.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';

/** A browser, or the reason why there is none here. */
export type Launched = { readonly browser: Browser } | { readonly unavailable: string };

/** Our own flags: those of the package switch the web's security off, which would test something else than a browser. */
const FLAGS = ['--headless=shell', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'];

/** What playwright switches off for all tests: then a hidden page would be as quick as one that is seen. */
const THROTTLING_OFF = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** Hidden pages whose timers come once a minute after so many milliseconds, and not after five minutes. */
export interface ThrottlingOptions {
  readonly intensiveAfterMs?: number;
}

const LAUNCH_TIMEOUT_MS = 20_000;

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Starts Chromium; close it with `browser.close()`.
 *
 * A test that gets `unavailable` instead prints it as a line `SKIP: …` and returns. Never rejects.
 */
export async function launchChromium(throttling: ThrottlingOptions = {}): Promise<Launched> {
  try {
    const own = process.env['HEARTWIRE_CHROMIUM'];
    return { browser: own === undefined ? await launchPackaged(throttling) : await launch(own, {}, throttling) };
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    return { unavailable: `no Chromium could be started here: ${reason}` };
  }
}

async function launchPackaged(throttling: ThrottlingOptions): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('the one in the lockfile is for Linux on x64; HEARTWIRE_CHROMIUM may name another');
  }
  const packed = path.join(path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin');
  const { version } = JSON.parse(readFileSync(path.join(packed, '../package.json'), 'utf8')) as { version: string };
  const unpacked = path.join(root, '.cache', `chromium-${version}`);
  mkdirSync(unpacked, { recursive: true });
  const program = await unpackProgram(path.join(packed, 'chromium.br'), path.join(unpacked, 'chromium'));
  const fonts = existsSync('/usr/share/fonts') ? {} : unpackFonts(packed, unpacked);
  try {
    return await launch(program, fonts, throttling);
  } catch (error) {
    if (!/error while loading shared libraries/.test((error as Error).message)) throw error;
    const libraries = unpackFolder(path.join(packed, 'al2023.tar.br'), path.join(unpacked, 'libraries'));
    return launch(program, { ...fonts, LD_LIBRARY_PATH: path.join(libraries, 'lib') }, throttling);
  }
}

function launch(
  executablePath: string,
  environment: Record<string, string>,
  { intensiveAfterMs }: ThrottlingOptions,
): Promise<Browser> {
  const feature = `IntensiveWakeUpThrottling:grace_period_seconds/${Math.round((intensiveAfterMs ?? 0) / 1000)}`;
  const isThrottled = intensiveAfterMs !== undefined;
  return chromium.launch({
    executablePath,
    args: isThrottled ? [...FLAGS, `--enable-features=${feature}`] : FLAGS,
    ...(isThrottled ? { ignoreDefaultArgs: THROTTLING_OFF } : {}),
    timeout: LAUNCH_TIMEOUT_MS,
    env: { ...(process.env as Record<string, string>), ...environment },
  });
}

async function unpackProgram(packed: string, program: string): Promise<string> {
  if (existsSync(program)) return program;
  const unfinished = `${program}.${process.pid}`;
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(unfinished));
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, program);
  return program;
}

function unpackFonts(packed: string, unpacked: string): Record<string, string> {
  const folder = unpackFolder(path.join(packed, 'fonts.tar.br'), path.join(unpacked, 'fonts'));
  const configuration = path.join(unpacked, 'fonts.conf');
  const folders = `<dir>${folder}</dir><cachedir>${folder}/cache</cachedir>`;
  writeFileSync(configuration, `<?xml version="1.0"?><fontconfig>${folders}</fontconfig>\n`);
  return { FONTCONFIG_FILE: configuration };
}

function unpackFolder(packed: string, folder: string): string {
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(`${folder}.`);
  const { status, stderr } = spawnSync('tar', ['-x', '-C', unfinished], {
    input: brotliDecompressSync(readFileSync(packed)),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tar could not unpack ${path.basename(packed)}: ${stderr}`);
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
  return folder;
}

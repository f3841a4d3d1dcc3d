/**
 * Programs of other people out of Debian's packages, for the long tests: fetched once with apt-get and unpacked into .cache. Nothing is installed into the system, no service is started, and root is
 * needed only where the lists of packages are missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Where it was unpacked, with what its libraries need in the environment; or the reason why there is none here. */
export type DebianProgram =
  | { readonly file: string; readonly root: string; readonly env: NodeJS.ProcessEnv; readonly version: string }
  | { readonly unavailable: string };

export interface DebianPackages {
  readonly name: string;
  readonly packages: readonly string[];
  /** The program, below the root. */
  readonly file: string;
  /** What makes it tell its version. */
  readonly versionFlag: string;
}

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
const LIBRARIES = ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu'];
/** For all of it; it is a few megabytes. */
const FETCH_MS = 120_000;

/** A test that gets `unavailable` prints it as a line `SKIP: …` and returns. Never throws. */
export function debianProgram({ name, packages, file, versionFlag }: DebianPackages): DebianProgram {
  if (!existsSync('/etc/debian_version')) return { unavailable: `${name}: this is no Debian` };
  const root = path.join(CACHE, `debian-${name}`);
  const why = existsSync(root) ? null : fetchInto(root, packages);
  if (why !== null) return { unavailable: `${name}: ${why}` };
  const program = path.join(root, file);
  const env = { ...process.env, LD_LIBRARY_PATH: LIBRARIES.map((folder) => path.join(root, folder)).join(':') };
  const { status, stdout, stderr } = spawnSync(program, [versionFlag], { encoding: 'utf8', env });
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
  if (status !== 0 || version === undefined) return { unavailable: `${name}: it does not start on this machine` };
  return { file: program, root, env, version };
}

/** Into a folder beside the final one and then renamed: what was interrupted never looks finished. Null when it is there. */
function fetchInto(root: string, packages: readonly string[]): string | null {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${root}.`);
  try {
    const isFetched = download(folder, packages) || (updateLists() && download(folder, packages));
    if (!isFetched) return `apt-get could not fetch ${packages.join(', ')}; is the archive within reach?`;
    const archives = readdirSync(folder).filter((entry) => entry.endsWith('.deb'));
    for (const archive of archives) {
      const { status } = spawnSync('dpkg-deb', ['-x', archive, '.'], { cwd: folder, stdio: 'ignore' });
      if (status !== 0) return `dpkg-deb could not unpack ${archive}`;
      rmSync(path.join(folder, archive));
    }
    if (!existsSync(root)) renameSync(folder, root);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function download(folder: string, packages: readonly string[]): boolean {
  const options = { cwd: folder, stdio: 'ignore', timeout: FETCH_MS } as const;
  return spawnSync('apt-get', ['download', ...packages], options).status === 0;
}

/** The lists of a fresh machine are empty. */
function updateLists(): boolean {
  if (process.getuid?.() !== 0) return false;
  return spawnSync('apt-get', ['update'], { stdio: 'ignore', timeout: FETCH_MS }).status === 0;
}

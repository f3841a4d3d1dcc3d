// A package registry on the loopback interface, so that our tarballs are installed just as a user installs them, with
// versions and peers resolved by npm, and without a network. It has what is given to it as tarballs, and every package
// that the workspace itself has installed, packed when somebody asks for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';

export interface LoopbackRegistry {
  readonly url: string;
  close(): Promise<void>;
}

interface Offer {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: string;
}

interface Place {
  /** The workspace whose installed packages are offered. */
  readonly root: string;
  /** A folder for what has to be packed. */
  readonly scratch: string;
}

export async function startRegistry(tarballs: readonly string[], place: Place): Promise<LoopbackRegistry> {
  const offers = new Map(
    tarballs.map((tarball) => [readManifest(tarball).name, { manifest: readManifest(tarball), tarball }]),
  );
  const server = createServer((request, response) => {
    const [, name = '', wantsTarball] =
      /^\/(.+?)(\/-\/tarball\.tgz)?$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
    const offer = offers.get(name) ?? packInstalled(name, place);
    if (!offer) response.writeHead(404).end('{}');
    else if (wantsTarball) response.end(readFileSync(offer.tarball));
    else response.setHeader('content-type', 'application/json').end(describe(offer, urlOf(server)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: urlOf(server), close };
}

function urlOf(server: Server): string {
  const address = server.address();
  return address && typeof address === 'object' ? `http://127.0.0.1:${address.port}/` : '';
}

/** The document that a registry serves for a package with one version. */
function describe({ manifest, tarball }: Offer, registry: string): string {
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  const version = { ...manifest, dist: { tarball: `${registry}${manifest.name}/-/tarball.tgz`, integrity } };
  return JSON.stringify({
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: version },
  });
}

function readManifest(tarball: string): Offer['manifest'] {
  return JSON.parse(spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout);
}

function packInstalled(name: string, { root, scratch }: Place): Offer | undefined {
  const folder = ['node_modules', 'node_modules/.pnpm/node_modules']
    .map((modules) => path.join(root, modules, name))
    .find((candidate) => existsSync(path.join(candidate, 'package.json')));
  if (folder === undefined || name.startsWith('@heartwire/')) return undefined;
  const tarball = path.join(scratch, `${name.replace('/', '-')}.tar`);
  // npm strips the first folder, whatever its name, and takes a tarball that is not compressed. The folder is a link
  // into pnpm's store: -h packs what it leads to.
  const args = ['-chf', tarball, '--exclude=node_modules', '-C', path.dirname(folder), path.basename(folder)];
  if (!existsSync(tarball) && spawnSync('tar', args).status !== 0) return undefined;
  return { manifest: JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')), tarball };
}

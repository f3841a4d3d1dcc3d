// The page is bundled from its sources at every start of the chat: small, without warnings, and without anything of Node in it.
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundlePage } from '../../examples/chat/server/page-bundle.ts';

/** The page, heartwire with all that it can do, msgpackr and rxjs: so that a dependency or a copy of one is noticed that slips in. */
const SCRIPT_MAX_BYTES = 200_000;

const bundle = suite("the page's bundle");

bundle('is built without warnings, and stays small', async () => {
  // It rejects on a warning.
  const files = await bundlePage();
  const script = files.get('/page.js')!.body;
  console.log(`the page's script: ${script.length} bytes, ${gzipSync(script).length} compressed`);
  assert.ok(script.length < SCRIPT_MAX_BYTES, `${script.length} bytes`);
});

bundle('has the browser side of the transport in it, and nothing of Node', async () => {
  const text = Buffer.from((await bundlePage()).get('/page.js')!.body).toString();
  assert.match(text, /new \w+\(\w+\.href,/);
  assert.not.match(text, /node:|\bprocess\.|\brequire\(/);
  // Texts of strangers are never read as markup.
  assert.not.match(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
});

bundle('loads nothing from elsewhere', async () => {
  for (const [path, { body }] of await bundlePage()) {
    const addresses =
      Buffer.from(body)
        .toString()
        .match(/\bhttps?:\/\/[^\s'"]+/g) ?? [];
    assert.equal(
      addresses.filter((address) => !address.startsWith('http://www.w3.org/')),
      [],
      path,
    );
  }
});
bundle.run();

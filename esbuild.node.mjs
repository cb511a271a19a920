// Bundles npm's openwhisk into one file, which the Node.js actions of the playground can require,
// and the licences of what is in it into another.
import { build } from 'esbuild';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const outdir = 'jupyter_faas/playground/static';
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { openwhisk: 'openwhisk' },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node18',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning'
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap(path => PACKAGE.exec(path)?.[0] ?? [])
);
const notices = [...packages].sort().map(folder => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const texts = readdirSync(folder)
    .filter(file => /^(licen[cs]e|notice)/i.test(file))
    .sort()
    .map(file => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return [`${name} ${version}, ${license}`, ...texts].join('\n\n');
});
writeFileSync(`${outdir}/openwhisk.LICENSES.txt`, `${notices.join('\n\n----\n\n')}\n`);

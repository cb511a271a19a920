// Bundles the anywidget entry points: one self-contained script and style sheet each, because a
// widget's script reaches the browser as a text over the kernel and cannot import its neighbours.
import { build } from 'esbuild';
import { rmSync } from 'node:fs';

const outdir = 'jupyter_faas/widgets/static';

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { card: 'src/widgets/card.tsx', activation: 'src/widgets/activation.tsx' },
  outdir,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'linked',
  // The script travels with every display and is kept in saved widget state: preact is a tenth
  // of react's size and draws the same components.
  alias: { react: 'preact/compat', 'react-dom/client': 'preact/compat/client' },
  logLevel: 'warning'
});

// Writes the manifests that some plugins of an aio-cli were published without, as `oclif manifest`
// does. Without one, oclif loads all commands of a plugin to know their names, at every call.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

async function main(modules) {
  const within = createRequire(path.join(modules, '@adobe', 'aio-cli', 'package.json'));
  const { Plugin } = within('@oclif/core');
  for (const name of within('./package.json').oclif.plugins) {
    const root = path.join(modules, name);
    const manifest = path.join(root, 'oclif.manifest.json');
    if (!fs.existsSync(manifest)) {
      const plugin = new Plugin({ root, type: 'core', ignoreManifest: true });
      await plugin.load();
      fs.writeFileSync(manifest, JSON.stringify(plugin.manifest));
    }
  }
}

void main(process.argv[2]);

// esbuild strips types and turns ES modules into CommonJS in a tenth of babel's time.
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

module.exports = {
  getCacheKey(source, path) {
    return createHash('sha256').update(`${version}\n${path}\n${source}`).digest('hex');
  },
  process(source, path) {
    if (path.endsWith('.svg')) {
      return { code: `module.exports = ${JSON.stringify(source)};` };
    }
    const extension = /\.(tsx?|jsx?)$/.exec(path.replace(/\.[cm]js$/, '.js'))?.[1] ?? 'js';
    const { code, map } = transformSync(source, {
      loader: extension === 'js' ? 'jsx' : extension,
      format: 'cjs',
      target: 'node20',
      // jest's modules cannot be imported late, so such an import becomes a require.
      supported: { 'dynamic-import': false },
      sourcefile: path,
      sourcemap: true
    });
    return { code, map };
  }
};

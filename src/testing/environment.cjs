// Node 20 supports `JSON.rawJSON` (see src/api/numbers.ts) only if this flag is set before the page
// is created. Newer versions ignore the flag.
require('node:v8').setFlagsFromString('--harmony-json-parse-with-source');

module.exports = require('jest-environment-jsdom');

// Node 20 has what browsers have of JSON (src/api/numbers.ts) only when it is asked for, and before
// the page is made. Newer ones know no such flag, and take it without a word.
require('node:v8').setFlagsFromString('--harmony-json-parse-with-source');

module.exports = require('jest-environment-jsdom');

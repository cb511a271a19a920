'use strict';

const composer = require('openwhisk-composer');

// Every way to bring the actions along.
module.exports = composer.sequence(
  composer.action('of-function', {
    action: function ({ n }) {
      return { n: n + 1 };
    }
  }),
  composer.action('of-text', {
    action: 'const by = 2; function main({ n }) { return { n: n * by } }',
    limits: { timeout: 5000, memory: 128, logs: 1 }
  }),
  composer.action('of-python', {
    action: { kind: 'python:default', code: 'def main(args):\n    return {"n": args["n"] - 3}\n' }
  }),
  composer.action('of-file', { filename: `${__dirname}/file/double.js` }),
  composer.action('of-others', { sequence: ['increment', 'increment'] })
);

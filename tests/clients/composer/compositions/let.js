'use strict';

const composer = require('openwhisk-composer');

// An action sees a variable only when it is handed to it.
module.exports = composer.let(
  { n: 42, seen: null },
  () => ({ n }),
  'increment',
  params => {
    seen = Object.keys(params);
    n = params.n;
  },
  composer.let({ n: 'inner' }, () => {
    n = 'changed inside';
  }),
  () => ({ n, seen })
);

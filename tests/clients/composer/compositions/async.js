'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.let(
  { by: 10 },
  composer.async(
    params => ({ n: params.n + by }),
    'increment',
    params => {
      by = 0;
      return params;
    }
  ),
  started => ({ started, by })
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.let(
  { failures: 2 },
  composer.retry(
    3,
    composer.if(() => failures-- > 0, 'fail', 'increment')
  ),
  ({ n }) => ({ n, failures })
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.sequence(
  ({ n }) => n + 1,
  ({ value }) => [value, value]
);

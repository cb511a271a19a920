'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.map(
  ({ value }) => ({ n: value }),
  'increment',
  ({ n }) => n
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.parallel(
  'increment',
  composer.seq('double', 'double'),
  'fail',
  ({ n }) => n
);

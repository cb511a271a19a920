'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.if(
  ({ n }) => n > 10,
  () => ({ much: true })
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.sequence('increment', () => {
  throw new Error('out of order');
});

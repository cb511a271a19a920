'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.sequence('increment', 'double', ({ n }) => ({ n: n - 1 }));

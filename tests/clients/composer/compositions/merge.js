'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.merge('increment', ({ n }) => ({ n, more: n * 10 }));

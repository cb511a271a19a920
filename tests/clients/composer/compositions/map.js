'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.map('increment', ({ n }) => ({ n, more: n > 2 }));

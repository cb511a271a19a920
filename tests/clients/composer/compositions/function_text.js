'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.function('({ n }) => ({ n: n * 3 })');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.dowhile('increment', ({ n }) => n % 5 !== 0);

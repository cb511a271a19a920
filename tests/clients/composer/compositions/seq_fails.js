'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.seq('increment', 'fail', 'double');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.sequence('increment', 'no-such-action', 'double');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.map(composer.parallel('increment', 'double'));

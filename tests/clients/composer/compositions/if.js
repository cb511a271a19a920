'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.if('even', 'tools/half', 'increment');

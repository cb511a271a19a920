'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.repeat(3, 'nap');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.repeat('three', 'increment');

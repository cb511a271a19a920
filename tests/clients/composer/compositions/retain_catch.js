'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.retain_catch('increment', 'fail');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.retry(2, 'fail');

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.parallel('long_nap', 'increment');

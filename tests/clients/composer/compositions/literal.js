'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.literal({ message: 'always', parts: [1, { two: 2 }, null] });

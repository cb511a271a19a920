'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.try('no-such-action', ({ error }) => ({ caught: error }));

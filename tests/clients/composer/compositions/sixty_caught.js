'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.try(composer.repeat(60, 'increment'), ({ error }) => ({ caught: error }));

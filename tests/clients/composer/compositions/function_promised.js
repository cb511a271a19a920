'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.function(({ n }) => Promise.resolve({ n: n + 1 }));

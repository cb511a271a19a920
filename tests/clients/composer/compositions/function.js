'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.function(({ x, y }) => ({ product: x * y }));

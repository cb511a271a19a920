'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.seq('double', composer.seq('increment', composer.seq()), null);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.sequence('increment', ({ n }) => ({ body: `<p>${n}</p>` }));

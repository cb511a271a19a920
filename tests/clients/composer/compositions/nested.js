'use strict';

const composer = require('openwhisk-composer');

// Another composition is an action like others, and so is a sequence.
module.exports = composer.sequence('inner', 'both', 'increment');

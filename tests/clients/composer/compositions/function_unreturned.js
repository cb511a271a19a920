'use strict';

const composer = require('openwhisk-composer');

// A function without a result hands its parameters on, as it has left them.
module.exports = composer.function(params => {
  params.n += 1;
});

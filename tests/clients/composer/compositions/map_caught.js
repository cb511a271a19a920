'use strict';

const composer = require('openwhisk-composer');

// What goes wrong in a branch is a result; what goes wrong around it is not.
module.exports = composer.try(
  composer.seq(composer.map('fail'), ({ value }) => ({ errors: value.map(({ error }) => error) })),
  ({ error }) => ({ caught: error })
);

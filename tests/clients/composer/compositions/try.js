'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.try(
  composer.if(({ n }) => n > 0, 'increment', 'fail'),
  ({ error }) => ({ caught: error })
);

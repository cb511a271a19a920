'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.try(
  composer.try(composer.let({ depth: 1 }, composer.mask('fail')), ({ error }) => ({
    error: `${error}, again`
  })),
  ({ error }) => ({ caught: error })
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.finally(
  composer.if(({ n }) => n > 0, 'increment', 'fail'),
  params => ({ at_last: params })
);

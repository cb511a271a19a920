'use strict';

const composer = require('openwhisk-composer');

// The action of that name beside the composition, wherever that is deployed.
module.exports = composer.sequence(
  params => ({
    type: 'action',
    params,
    name: process.env.__OW_ACTION_NAME.split('/').slice(0, -1).concat('half').join('/')
  }),
  composer.dynamic()
);

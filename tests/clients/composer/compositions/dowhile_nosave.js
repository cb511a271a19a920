'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.dowhile_nosave(
  params => {
    params.n += 1;
  },
  params => {
    params.value = params.n < 3;
  }
);

'use strict';

const composer = require('openwhisk-composer');

module.exports = composer.if_nosave(
  params => {
    params.value = params.n % 2 === 0;
  },
  params => {
    params.n /= 2;
  }
);

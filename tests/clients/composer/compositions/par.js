'use strict';

const composer = require('openwhisk-composer');

// Each branch has variables of its own.
module.exports = composer.let(
  { by: 10 },
  composer.par(
    ({ n }) => {
      by = 20;
      return { n: n + by };
    },
    ({ n }) => ({ n: n + by })
  ),
  ({ value }) => ({ value, by })
);

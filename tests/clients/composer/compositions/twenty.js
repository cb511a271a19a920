'use strict';

const composer = require('openwhisk-composer');

const steps = Array.from({ length: 20 }, (_, index) =>
  composer.action(`step-${index}`, {
    action: `const main = ({ seen }) => ({ seen: [...seen, ${index}] });`,
    limits: { memory: 128 }
  })
);

module.exports = composer.sequence(...steps);

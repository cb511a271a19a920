'use strict';

const composer = require('openwhisk-composer');

const loop = (n, composition) =>
  composer.let(
    { n },
    composer.while(() => n-- > 0, composer.mask(composition))
  );

module.exports = composer.let(
  { n: 0 },
  loop(
    3,
    loop(4, () => ++n)
  )
);

'use strict';

const composer = require('openwhisk-composer');

// Names as they may be written: in a package, absolute, of the caller's namespace, a task.
module.exports = composer.sequence(
  'tools/half',
  '/whisk.system/utils/echo',
  composer.action('/_/increment'),
  composer.task('double')
);

'use strict';

// An action of several files; the archive is the file that is named on the command line.

const { readFileSync } = require('node:fs');

const { assert, fresh, scenario } = require('../scenario');

scenario(async ow => {
  const name = fresh('archive');
  const archive = readFileSync(process.argv[2]);
  const created = await ow.actions.create({ name, action: archive });
  assert.equal(created.exec.binary, true);
  assert.equal(created.exec.code, archive.toString('base64'));

  const answer = await ow.actions.invoke({
    name,
    blocking: true,
    result: true,
    params: { words: ['a', 'b'] }
  });
  assert.deepEqual(answer, { text: 'a b', data: 'of a file\n' });

  const { exec } = await ow.actions.get(name);
  assert.deepEqual(Buffer.from(exec.code, 'base64'), archive);
  await ow.actions.delete(name);
  return { bytes: archive.length };
});

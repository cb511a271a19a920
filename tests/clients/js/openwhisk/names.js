'use strict';

// Names with all that is legal in them.

const { assert, fresh, refused, scenario } = require('../scenario');

const LEGAL = ['with space', 'a@b.c', '1.0', 'x.io_image-v3_256MB_3.8.0', 'a-b&c'];

scenario(async ow => {
  const action = 'const main = () => ({ run: true });';
  const pack = `${fresh('pack')} 1.0`;
  await ow.packages.create({ name: pack });
  for (const legal of LEGAL) {
    for (const name of [legal, `${pack}/${legal}`]) {
      const created = await ow.actions.create({ name, action });
      assert.equal(created.name, legal);
      assert.deepEqual(await ow.actions.get(name), created);
      const answer = await ow.actions.invoke({ name, blocking: true, result: true });
      assert.deepEqual(answer, { run: true });
      assert.equal((await ow.actions.delete(name)).name, legal);
    }
  }
  await ow.packages.delete(pack);
  for (const name of ['a:b', 'a*', '$', 'a+b', 'größe']) {
    await refused(
      ow.actions.create({ name, action }),
      400,
      /--> "The name of the entity contains illegal characters\."$/
    );
  }
  await refused(
    ow.actions.create({ name: 'x'.repeat(300), action }),
    400,
    /--> "Name segement longer than allowed: 300 > 256\."$/
  );
  return { names: LEGAL.length };
});

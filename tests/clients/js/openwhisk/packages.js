'use strict';

// Packages, their parameters, and bindings to them.

const { assert, fresh, record, refused, scenario, values } = require('../scenario');

scenario(async (ow, namespace) => {
  const [name, binding] = [fresh('package'), fresh('binding')];
  const created = await ow.packages.create({
    name,
    package: { parameters: [{ key: 'unit', value: 'km' }], publish: false },
    annotations: { description: 'of distances' }
  });
  assert.equal(created.name, name);
  assert.equal(created.version, '0.0.1');
  assert.deepEqual(created.binding, {});
  assert.deepEqual(values(created.annotations), { description: 'of distances' });
  await refused(ow.packages.create({ name }), 409, /--> "resource already exists"$/);

  const action = `${name}/measure`;
  await ow.actions.create({
    name: action,
    action: 'const main = ({ unit, length, by }) => ({ measured: `${length} ${unit}`, by });',
    params: { length: 1 }
  });
  const read = await ow.packages.get(name);
  assert.deepEqual(
    read.actions.map(each => each.name),
    ['measure']
  );
  assert.deepEqual(read.feeds, []);
  const inside = await ow.actions.get(action);
  assert.equal(inside.namespace, `${namespace}/${name}`);
  assert.deepEqual(values(inside.parameters), { unit: 'km', length: 1 });
  assert.deepEqual(
    (await ow.actions.list({ limit: 1 })).map(each => each.namespace),
    [`${namespace}/${name}`]
  );

  const bound = await ow.packages.create({
    name: binding,
    package: {
      binding: { namespace, name },
      parameters: [
        { key: 'unit', value: 'miles' },
        { key: 'by', value: 'me' }
      ]
    }
  });
  assert.deepEqual(bound.binding, { namespace, name });
  const through = await ow.actions.invoke({
    name: `${binding}/measure`,
    blocking: true,
    params: { length: 2 }
  });
  assert.deepEqual(through.response.result, { measured: '2 miles', by: 'me' });
  assert.equal(values(through.annotations).binding, `${namespace}/${binding}`);
  assert.equal(values(through.annotations).path, `${namespace}/${name}/measure`);
  const bare = await ow.actions.invoke({
    name: `/${namespace}/${action}`,
    blocking: true,
    result: true
  });
  assert.deepEqual(bare, { measured: '1 km' });
  const stored = await record(ow, through);
  assert.deepEqual(
    (await ow.activations.list({ name: `${binding}/measure` })).map(each => each.activationId),
    [stored.activationId]
  );
  assert.deepEqual(
    (await ow.packages.get(binding)).actions.map(each => each.name),
    ['measure']
  );

  const updated = await ow.packages.update({ name, package: { publish: true } });
  assert.equal(updated.version, '0.0.2');
  assert.equal(updated.publish, true);
  assert.deepEqual(values(updated.parameters), { unit: 'km' });
  assert.equal((await ow.packages.update({ name })).version, '0.0.3');

  const listed = await ow.packages.list();
  assert.deepEqual(
    listed.map(each => [each.name, each.binding]),
    [
      [name, false],
      [binding, { namespace, name }]
    ]
  );
  assert.deepEqual(
    (await ow.packages.list({ limit: 1, skip: 1 })).map(each => each.name),
    [binding]
  );
  assert.deepEqual(await ow.packages.list({ count: true }), { packages: 2 });

  await refused(
    ow.packages.create({ name: 'default' }),
    400,
    /--> "Package name 'default' is reserved\."$/
  );
  await refused(
    ow.actions.create({ name: `${fresh('missing')}/any`, action: 'const main = () => ({});' }),
    404,
    /does not exist/
  );
  await refused(
    ow.packages.delete(name),
    409,
    /Package not empty \(contains 1 entity\)\. Set force param or delete package contents\./
  );
  await ow.packages.delete(binding);
  await ow.actions.delete(action);
  assert.equal((await ow.packages.delete(name)).name, name);
  await refused(ow.packages.get(name), 404, /--> "The requested resource '\S+' does not exist\."$/);
  assert.throws(() => ow.packages.invoke(name), /not supported/);
  return { activation: through.activationId };
});

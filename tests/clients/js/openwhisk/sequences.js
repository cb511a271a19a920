'use strict';

// Sequences: one action's result is the next one's payload.

const { assert, fresh, record, refused, scenario, values } = require('../scenario');

scenario(async (ow, namespace) => {
  const [add, double, fail, sequence, nested] = ['add', 'double', 'fail', 'both', 'nested'].map(
    fresh
  );
  await ow.actions.create({
    name: add,
    action: 'const main = ({ n, by }) => ({ n: n + by });',
    params: { by: 1 }
  });
  await ow.actions.create({ name: double, action: 'const main = ({ n }) => ({ n: 2 * n });' });
  await ow.actions.create({ name: fail, action: 'const main = () => ({ error: "enough" });' });

  const created = await ow.actions.create({
    name: sequence,
    sequence: [`/_/${add}`, `/_/${double}`]
  });
  assert.equal(created.exec.kind, 'sequence');
  assert.deepEqual(created.exec.components, [`/${namespace}/${add}`, `/${namespace}/${double}`]);

  const whole = await ow.actions.invoke({ name: sequence, blocking: true, params: { n: 3 } });
  assert.deepEqual(whole.response.result, { n: 8 });
  assert.equal(values(whole.annotations).topmost, true);
  assert.equal(values(whole.annotations).kind, 'sequence');
  assert.equal(whole.logs.length, 2);
  const components = await Promise.all(
    whole.logs.map(activationId => record(ow, { activationId }))
  );
  assert.deepEqual(
    components.map(each => [each.name, each.cause, values(each.annotations).causedBy]),
    [add, double].map(name => [name, whole.activationId, 'sequence'])
  );
  assert.deepEqual(
    await ow.actions.invoke({ name: sequence, blocking: true, result: true, params: { n: 0 } }),
    { n: 2 }
  );
  const later = await record(ow, await ow.actions.invoke({ name: sequence, params: { n: 4 } }));
  assert.deepEqual(later.response.result, { n: 10 });

  // A sequence in a sequence, changed to one that stops half-way.
  await ow.actions.create({ name: nested, sequence: [`/_/${sequence}`, `/_/${add}`] });
  assert.deepEqual(
    await ow.actions.invoke({ name: nested, blocking: true, result: true, params: { n: 1 } }),
    { n: 5 }
  );
  await ow.actions.update({ name: nested, sequence: [`/_/${add}`, `/_/${fail}`, `/_/${double}`] });
  const stopped = await refused(
    ow.actions.invoke({ name: nested, blocking: true, params: { n: 1 } }),
    502,
    /--> "enough"$/
  );
  assert.equal(stopped.error.logs.length, 2);

  await refused(
    ow.actions.create({ name: fresh('broken'), sequence: [`/_/${fresh('missing')}`] }),
    400,
    /--> "Sequence component does not exist\."$/
  );
  await ow.actions.delete([nested, sequence, fail, double, add]);
  return { activation: whole.activationId };
});

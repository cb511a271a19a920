'use strict';

// Many calls at once, as programs with Promise.all make them.

const { assert, fresh, record, scenario } = require('../scenario');

const MANY = 40;

scenario(async ow => {
  const name = fresh('square');
  const action = 'const main = ({ n }) => ({ squared: n * n });';
  // Of two that create it, one is first.
  const created = await Promise.allSettled([1, 2].map(() => ow.actions.create({ name, action })));
  const refusals = created.filter(each => each.status === 'rejected');
  assert.deepEqual(
    refusals.map(each => each.reason.statusCode),
    [409]
  );

  const numbers = Array.from({ length: MANY }, (_, n) => n);
  const squares = numbers.map(n => ({ squared: n * n }));
  const waited = await ow.actions.invoke(
    numbers.map(n => ({ name, blocking: true, params: { n } }))
  );
  assert.equal(waited.length, MANY);
  const answers = await Promise.all(
    numbers.map(n => ow.actions.invoke({ name, blocking: true, result: true, params: { n } }))
  );
  assert.deepEqual(answers, squares);

  const started = await Promise.all(numbers.map(n => ow.actions.invoke({ name, params: { n } })));
  assert.equal(new Set(started.map(each => each.activationId)).size, MANY);
  const records = await Promise.all(started.map(each => record(ow, each)));
  assert.deepEqual(
    records.map(each => each.response.result),
    squares
  );
  await ow.actions.delete(name);
  return { invocations: 2 * MANY };
});

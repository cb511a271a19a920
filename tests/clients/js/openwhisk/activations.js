'use strict';

// Reading what was run.

const { assert, eventually, fresh, record, refused, scenario, values } = require('../scenario');

scenario(async (ow, namespace) => {
  const name = fresh('logged');
  await ow.actions.create({
    name,
    action: `function main({ n }) {
      console.log('line', n);
      console.error('trouble', n);
      return n < 0 ? { error: 'negative' } : { n };
    }`
  });
  const run = async n => record(ow, await ow.actions.invoke({ name, params: { n } }));
  const [first, second, third] = [await run(1), await run(2), await run(-1)];
  const ids = [third, second, first].map(each => each.activationId);

  assert.equal(first.subject, namespace);
  assert.equal(first.namespace, namespace);
  assert.equal(first.version, '0.0.1');
  assert.equal(values(first.annotations).path, `${namespace}/${name}`);
  assert.ok(values(first.annotations).initTime > 0, 'the first run is a cold start');
  assert.equal(values(second.annotations).initTime, undefined, 'the second is a warm one');
  assert.equal(third.response.status, 'application error');

  const { logs } = await ow.activations.logs(first.activationId);
  assert.deepEqual(logs, first.logs);
  assert.deepEqual(logs.map(line => line.replace(/^\S{30} /, '')).sort(), [
    'stderr: trouble 1',
    'stdout: line 1'
  ]);
  assert.ok(logs.every(line => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /.test(line)));
  assert.deepEqual(await ow.activations.result({ activationId: second.activationId }), {
    result: { n: 2 },
    success: true,
    status: 'success',
    size: second.response.size
  });
  const failed = await ow.activations.result({ name: third.activationId });
  assert.equal(failed.success, false);
  assert.deepEqual(failed.result, { error: 'negative' });
  assert.deepEqual(await ow.activations.get({ activation: first.activationId }), first);

  // Lists: newest first, by name, by time, in pages.
  const listed = await eventually(async () => {
    const found = await ow.activations.list({ name });
    return found.length === 3 && found;
  });
  assert.deepEqual(
    listed.map(each => each.activationId),
    ids
  );
  assert.deepEqual(
    listed.map(each => each.statusCode),
    [1, 0, 0]
  );
  assert.ok(listed.every(each => !('logs' in each) && !('response' in each)));
  const documents = await ow.activations.list({ name, docs: true });
  assert.deepEqual(documents, [third, second, first]);
  const pick = async options =>
    (await ow.activations.list({ name, ...options })).map(each => each.activationId);
  assert.deepEqual(await pick({ limit: 1 }), ids.slice(0, 1));
  assert.deepEqual(await pick({ limit: 2, skip: 1 }), ids.slice(1));
  assert.deepEqual(await pick({ upto: first.start - 1 }), []);
  assert.deepEqual(
    await pick({ since: second.start }),
    [third, second, first].filter(each => each.start >= second.start).map(each => each.activationId)
  );
  assert.deepEqual(await ow.activations.list({ name, count: true }), { activations: 3 });
  assert.ok((await ow.activations.list()).some(each => each.activationId === ids[0]));

  const unknown = '0'.repeat(32);
  await refused(ow.activations.get(unknown), 404, /--> "The requested resource does not exist\."$/);
  await refused(ow.activations.logs(unknown), 404, /does not exist/);
  await refused(ow.activations.result(unknown), 404, /does not exist/);
  await refused(
    ow.activations.get('abc'),
    400,
    /--> "Activation id length is 3 but must be 32\."$/
  );
  await refused(
    ow.activations.list({ limit: 300 }),
    400,
    /The value '300' is not in the range of 0 to 200 for activations\./
  );
  await ow.actions.delete(name);
  // What was run stays readable without its action.
  assert.equal((await ow.activations.get(first.activationId)).name, name);
  return { activations: ids };
});

'use strict';

// Invoking actions, and what comes of those that fail.

const { assert, fresh, record, refused, scenario, values } = require('../scenario');

scenario(async (ow, namespace) => {
  const name = fresh('greet');
  await ow.actions.create({
    name,
    action: 'const main = ({ name, place }) => ({ greeting: `Hello ${name} from ${place}` });',
    params: { name: 'stranger', place: 'nowhere' }
  });

  const started = await ow.actions.invoke({ name, params: { name: 'Ada' } });
  assert.deepEqual(Object.keys(started), ['activationId']);
  assert.match(started.activationId, /^[0-9a-f]{32}$/);
  const stored = await record(ow, started);
  assert.deepEqual(stored.response.result, { greeting: 'Hello Ada from nowhere' });

  const whole = await ow.actions.invoke({ name, blocking: true, params: { place: 'here' } });
  assert.equal(whole.name, name);
  assert.equal(whole.response.status, 'success');
  assert.equal(whole.response.success, true);
  assert.deepEqual(whole.response.result, { greeting: 'Hello stranger from here' });
  assert.equal(
    values(whole.annotations).kind,
    values((await ow.actions.get(name)).annotations).exec
  );
  assert.ok(whole.end - whole.start >= 0);

  assert.deepEqual(await ow.actions.invoke({ name, blocking: true, result: true }), {
    greeting: 'Hello stranger from nowhere'
  });
  // Any of these names it.
  for (const spelt of [`/_/${name}`, `/${namespace}/${name}`]) {
    assert.equal((await ow.actions.invoke({ name: spelt, blocking: true })).name, name);
  }
  assert.equal((await ow.actions.invoke({ actionName: name, blocking: true })).name, name);
  assert.equal((await ow.actions.invoke({ name, namespace, blocking: true })).name, name);

  const failing = fresh('failing');
  await ow.actions.create({
    name: failing,
    action: `function main({ how }) {
      switch (how) {
        case 'text': return { error: 'no such thing' };
        case 'object': return { error: { error: 'deep inside' } };
        case 'status': return { error: { statusCode: 418 } };
        case 'reject': return Promise.reject({ code: 7 });
        case 'throw': throw new Error('thrown');
        case 'late': return new Promise((resolve, reject) => setTimeout(reject, 10, new Error('late')));
        default: return 'nothing of use';
      }
    }`
  });
  const fail = how => ow.actions.invoke({ name: failing, blocking: true, params: { how } });
  const text = await refused(
    fail('text'),
    502,
    /Returned HTTP 502 \(Bad Gateway\) --> "no such thing"$/
  );
  assert.equal(text.error.response.status, 'application error');
  assert.deepEqual(text.error.response.result, { error: 'no such thing' });
  assert.match(text.error.activationId, /^[0-9a-f]{32}$/);
  await refused(fail('object'), 502, /--> "deep inside"$/);
  await refused(fail('status'), 502, /--> "application error, status code: 418"$/);
  const rejected = await refused(fail('reject'), 502, /--> "Response Missing Error Message\."$/);
  assert.deepEqual(rejected.error.response.result, { error: { code: 7 } });
  const late = await refused(fail('late'), 502, /--> "Response Missing Error Message\."$/);
  assert.equal(late.error.response.result.error.message, 'late');
  const thrown = await refused(fail('throw'), 502, /--> "An error has occurred: Error: thrown"$/);
  assert.equal(thrown.error.response.status, 'action developer error');
  await refused(fail('other'), 502, /--> "The action did not return a dictionary\."$/);

  const slow = fresh('slow');
  await ow.actions.create({
    name: slow,
    action: 'const main = () => new Promise(resolve => setTimeout(resolve, 60000, {}));',
    limits: { timeout: 3000 }
  });
  const over = await refused(
    ow.actions.invoke({ name: slow, blocking: true }),
    502,
    /--> "The action exceeded its time limits of 3000 milliseconds\."$/
  );
  assert.equal(values(over.error.annotations).timeout, true);

  await refused(
    ow.actions.invoke({ name: fresh('missing'), blocking: true }),
    404,
    /--> "The requested resource does not exist\."$/
  );
  await ow.actions.delete([name, failing, slow]);
  return { activation: whole.activationId };
});

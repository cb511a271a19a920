'use strict';

// The client within an action: who it is, and where it calls.

const { assert, fresh, record, refused, scenario } = require('../scenario');

scenario(async (ow, namespace) => {
  const [helper, name, keyless, source] = ['helper', 'caller', 'keyless', 'trigger'].map(fresh);
  await ow.actions.create({ name: helper, action: 'const main = ({ n }) => ({ n: n + 1 });' });
  const code = `
    const openwhisk = require('openwhisk');
    async function main({ helper, n }) {
      const ow = openwhisk();
      const { n: next } = await ow.actions.invoke({
        name: helper, blocking: true, result: true, params: { n }
      });
      const [last] = await ow.actions.list({ limit: 1 });
      return { next, listed: typeof last.name, namespace: process.env.__OW_NAMESPACE };
    }`;
  await ow.actions.create({ name, action: code, annotations: { 'provide-api-key': true } });
  const params = { helper, n: 41 };
  const whole = await ow.actions.invoke({ name, blocking: true, params });
  assert.deepEqual(whole.response.result, { next: 42, listed: 'string', namespace });

  // Many that wait for another at the same time.
  const many = await Promise.all(
    [1, 2, 3, 4].map(n =>
      ow.actions.invoke({ name, blocking: true, result: true, params: { helper, n } })
    )
  );
  assert.deepEqual(
    many.map(each => each.next),
    [2, 3, 4, 5]
  );

  // It can fire triggers, and make things.
  const maker = fresh('maker');
  await ow.actions.create({
    name: maker,
    action: `
      const openwhisk = require('openwhisk');
      async function main({ trigger, action }) {
        const ow = openwhisk();
        await ow.triggers.create({ name: trigger });
        await ow.rules.create({ name: trigger + '_rule', trigger, action });
        return ow.triggers.invoke({ name: trigger, params: { n: 1 } });
      }`,
    annotations: { 'provide-api-key': true }
  });
  const fired = await ow.actions.invoke({
    name: maker,
    blocking: true,
    result: true,
    params: { trigger: source, action: helper }
  });
  const { logs } = await record(ow, fired);
  const run = await record(ow, JSON.parse(logs[0]));
  assert.deepEqual(run.response.result, { n: 2 });

  // Without the annotation it gets no key.
  await ow.actions.create({ name: keyless, action: code });
  const { error } = await refused(
    ow.actions.invoke({ name: keyless, blocking: true, params }),
    502,
    /./
  );
  assert.match(JSON.stringify(error.response.result.error), /Missing api_key parameter/);

  await ow.rules.delete(`${source}_rule`);
  await ow.triggers.delete(source);
  await ow.actions.delete([helper, name, maker, keyless]);
  return { activation: whole.activationId };
});

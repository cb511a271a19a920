'use strict';

// A feed: the client calls its action when the trigger comes, changes and goes.

const { assert, eventually, fresh, record, refused, scenario } = require('../scenario');

const ALARM = '/whisk.system/alarms/alarm';

scenario(async (ow, namespace) => {
  const [trigger, action] = ['trigger', 'action'].map(fresh);
  await ow.triggers.create({ name: trigger, annotations: { feed: ALARM } });
  await ow.actions.create({ name: action, action: 'const main = ({ word }) => ({ word });' });
  await ow.rules.create({ name: `${trigger}_rule`, trigger, action });

  await ow.feeds.create({
    name: ALARM,
    trigger,
    params: { cron: '* * * * * *', trigger_payload: { word: 'tick' } }
  });
  const runs = await eventually(async () => {
    const found = await ow.activations.list({ name: action, docs: true });
    return found.length >= 2 && found;
  });
  assert.ok(runs.every(run => run.response.result.word === 'tick'));
  const fired = await ow.activations.list({ name: trigger });
  assert.ok(fired.length >= 2);

  const read = await ow.feeds.get({ feedName: ALARM, trigger });
  assert.equal(read.response.success, true);
  assert.equal(read.response.result.config.cron, '* * * * * *');
  assert.deepEqual(read.response.result.config.payload, { word: 'tick' });
  assert.equal(read.response.result.status.active, true);

  await ow.feeds.update({
    name: ALARM,
    trigger: `/${namespace}/${trigger}`,
    params: { cron: '* * * * * *', trigger_payload: { word: 'tock' } }
  });
  await eventually(async () => {
    const [latest] = await ow.activations.list({ name: action, limit: 1, docs: true });
    return latest.response.result.word === 'tock';
  });

  await ow.feeds.delete({ name: ALARM, trigger });
  await refused(ow.feeds.get({ name: ALARM, trigger }), 502, /./);
  await refused(
    ow.feeds.create({ name: ALARM, trigger, params: { cron: 'now and then' } }),
    502,
    /cron/
  );
  assert.throws(() => ow.feeds.create({ name: ALARM }), /Missing mandatory trigger parameter/);

  await ow.rules.delete(`${trigger}_rule`);
  await ow.triggers.delete(trigger);
  await ow.actions.delete(action);
  const stored = await record(ow, runs[0]);
  return { activation: stored.activationId };
});

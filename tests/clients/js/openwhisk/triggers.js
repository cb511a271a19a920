'use strict';

// Triggers and rules: one event starts several actions.

const { assert, eventually, fresh, record, refused, scenario, values } = require('../scenario');

scenario(async (ow, namespace) => {
  const [name, action, one, two] = ['trigger', 'action', 'one', 'two'].map(fresh);
  const created = await ow.triggers.create({
    name,
    trigger: { parameters: [{ key: 'colour', value: 'red' }] },
    annotations: { description: 'of colours' }
  });
  assert.equal(created.name, name);
  assert.equal(created.version, '0.0.1');
  assert.deepEqual(created.limits, {});
  assert.deepEqual(values(created.annotations), { description: 'of colours' });
  assert.deepEqual(values(created.parameters), { colour: 'red' });
  await refused(ow.triggers.create({ name }), 409, /--> "resource already exists"$/);

  // Without a rule nothing is run, and nothing is recorded.
  const nothing = await ow.triggers.invoke({ name });
  assert.equal(nothing.activationId, undefined);

  await ow.actions.create({
    name: action,
    action: 'const main = ({ colour, size }) => ({ colour, size });',
    params: { size: 'small' }
  });
  const rule = await ow.rules.create({ name: one, action, trigger: name });
  assert.equal(rule.status, 'active');
  assert.deepEqual(rule.action, { path: namespace, name: action });
  assert.deepEqual(rule.trigger, { path: namespace, name });
  await ow.rules.create({ name: two, action: `/_/${action}`, trigger: `/${namespace}/${name}` });
  await refused(
    ow.rules.create({ name: one, action, trigger: name }),
    409,
    /--> "resource already exists"$/
  );
  const { rules } = await ow.triggers.get(name);
  assert.deepEqual(
    Object.keys(rules).sort(),
    [`${namespace}/${one}`, `${namespace}/${two}`].sort()
  );
  assert.deepEqual(rules[`${namespace}/${one}`], {
    action: { path: namespace, name: action },
    status: 'active'
  });

  /** Fires the trigger; gives the lines of its record, and the records of the actions. */
  const fire = async params => {
    const fired = await record(ow, await ow.triggers.invoke({ name, params }));
    const lines = fired.logs.map(line => JSON.parse(line));
    const runs = await Promise.all(
      lines.filter(line => line.success).map(line => record(ow, line))
    );
    return { fired, lines, runs };
  };

  const both = await fire({ size: 'large' });
  assert.equal(both.fired.name, name);
  assert.deepEqual(both.fired.response.result, { size: 'large' });
  assert.equal(both.fired.response.success, true);
  assert.equal(both.fired.end, undefined);
  assert.deepEqual(
    both.lines.map(line => [line.rule, line.action, line.statusCode]).sort(),
    [one, two].map(each => [`${namespace}/${each}`, `${namespace}/${action}`, 0]).sort()
  );
  assert.deepEqual(
    both.runs.map(run => [run.name, run.cause, run.response.result]),
    Array(2).fill([action, undefined, { colour: 'red', size: 'large' }])
  );

  // A rule that is switched off says so, and is not run.
  assert.equal(await ow.rules.disable({ name: two }).then(String), 'OK');
  assert.equal((await ow.rules.get(two)).status, 'inactive');
  assert.equal((await ow.triggers.get(name)).rules[`${namespace}/${two}`].status, 'inactive');
  const half = await fire({});
  assert.deepEqual(
    half.runs.map(run => run.response.result),
    [{ colour: 'red', size: 'small' }]
  );
  const silent = half.lines.find(line => !line.success);
  assert.match(
    silent.error,
    new RegExp(
      `^Rule '${namespace}/${two}' is inactive, action '${namespace}/${action}' was not activated\\.$`
    )
  );
  await ow.rules.enable({ name: two });
  await ow.rules.enable({ ruleName: two });
  assert.equal((await ow.rules.get(two)).status, 'active');
  assert.equal((await fire({})).runs.length, 2);

  // A rule can be given another action; its status stays.
  const other = fresh('other');
  await ow.actions.create({ name: other, action: 'const main = () => ({ other: true });' });
  await ow.rules.disable({ name: two });
  const changed = await ow.rules.update({ name: two, action: other, trigger: name });
  assert.equal(changed.version, '0.0.2');
  assert.equal(changed.status, 'inactive');
  assert.equal(changed.action.name, other);

  const listed = await ow.rules.list();
  assert.deepEqual(
    listed.map(each => each.name),
    [two, one]
  );
  assert.deepEqual(
    (await ow.rules.list({ limit: 1, skip: 1 })).map(each => each.name),
    [one]
  );
  assert.deepEqual(await ow.rules.list({ count: true }), { rules: 2 });
  const updated = await ow.triggers.update({
    name,
    trigger: { parameters: [{ key: 'colour', value: 'blue' }] }
  });
  assert.equal(updated.version, '0.0.2');
  assert.deepEqual(values(updated.parameters), { colour: 'blue' });
  assert.deepEqual(
    (await fire({})).runs.map(run => run.response.result.colour),
    ['blue']
  );
  const triggers = await ow.triggers.list();
  assert.deepEqual(
    triggers.map(each => each.name),
    [name]
  );
  assert.deepEqual(await ow.triggers.list({ count: true }), { triggers: 1 });
  const fired = await eventually(async () => {
    const found = await ow.activations.list({ name });
    return found.length === 4 && found;
  });
  assert.ok(fired.every(each => each.end === undefined && each.statusCode === undefined));

  await refused(
    ow.rules.create({ name: fresh('broken'), action: fresh('missing'), trigger: name }),
    400,
    /--> "action \/\w+\/missing_\w+ does not exist"$/
  );
  await refused(
    ow.rules.create({ name: fresh('broken'), action, trigger: fresh('missing') }),
    400,
    /--> "trigger \/\w+\/missing_\w+ does not exist"$/
  );
  await refused(ow.triggers.get(fresh('missing')), 404, /does not exist/);
  await refused(ow.triggers.invoke(fresh('missing')), 404, /does not exist/);
  await refused(ow.rules.get(fresh('missing')), 404, /does not exist/);
  assert.throws(() => ow.rules.invoke(one), /not supported/);

  // The trigger may go first.
  await ow.triggers.delete(name);
  assert.equal((await ow.rules.get(one)).status, 'inactive');
  await refused(
    ow.rules.enable({ name: one }),
    404,
    /Only rules with existing triggers can be activated/
  );
  assert.equal((await ow.rules.delete(one)).status, 'inactive');
  await ow.rules.delete(two);
  await ow.actions.delete([action, other]);
  return { fired: both.fired.activationId };
});

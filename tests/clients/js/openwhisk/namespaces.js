'use strict';

// What is in the namespace, and what /whisk.system brings along.

const { assert, fresh, refused, scenario } = require('../scenario');

scenario(async (ow, namespace) => {
  assert.deepEqual(await ow.namespaces.list(), [namespace]);

  const [action, pack, trigger, rule] = ['action', 'package', 'trigger', 'rule'].map(fresh);
  await ow.actions.create({ name: action, action: 'const main = () => ({});' });
  await ow.packages.create({ name: pack });
  await ow.triggers.create({ name: trigger });
  await ow.rules.create({ name: rule, action, trigger });
  const all = await ow.namespaces.get('_');
  assert.deepEqual(
    Object.fromEntries(Object.entries(all).map(([kind, list]) => [kind, list.map(e => e.name)])),
    { actions: [action], packages: [pack], triggers: [trigger], rules: [rule] }
  );
  await ow.rules.delete(rule);
  await ow.triggers.delete(trigger);
  await ow.packages.delete(pack);
  await ow.actions.delete(action);

  const system = name => params =>
    ow.actions.invoke({
      name: `/whisk.system/utils/${name}`,
      blocking: true,
      result: true,
      params
    });
  assert.deepEqual(await system('echo')({ hello: 'there' }), { hello: 'there' });
  assert.deepEqual((await system('sort')({ lines: ['b', 'c', 'a'] })).lines, ['a', 'b', 'c']);
  const shared = await ow.packages.list({ namespace: 'whisk.system' });
  assert.ok(shared.some(each => each.name === 'utils' && each.publish));
  const utils = await ow.packages.get({ name: 'utils', namespace: 'whisk.system' });
  assert.ok(utils.actions.some(each => each.name === 'echo'));
  const bound = fresh('mine');
  await ow.packages.create({
    name: bound,
    package: { binding: { namespace: 'whisk.system', name: 'utils' } }
  });
  assert.deepEqual(
    await ow.actions.invoke({
      name: `${bound}/echo`,
      blocking: true,
      result: true,
      params: { a: 1 }
    }),
    { a: 1 }
  );
  await ow.packages.delete(bound);

  // Others' things may be used, where they are shared, but not changed.
  await refused(
    ow.actions.create({ name: '/whisk.system/utils/mine', action: 'const main = () => ({});' }),
    403,
    /The supplied authentication is not authorized to access 'whisk\.system\/utils(\/mine)?'\./
  );
  await refused(ow.actions.list({ namespace: 'whisk.system' }), 403, /is not authorized/);
  return { system: shared.map(each => each.name) };
});

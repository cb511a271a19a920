'use strict';

// Creating, reading, updating, listing and deleting actions.

const { assert, fresh, refused, scenario, values } = require('../scenario');

scenario(async ow => {
  const name = fresh('action');
  const code = 'const main = args => ({ hello: args.name });';

  const created = await ow.actions.create({
    name,
    action: code,
    params: { name: 'you', level: { of: [1, 2] } },
    annotations: { description: 'says hello', 'web-export': true },
    limits: { timeout: 5000, memory: 128, logs: 1 }
  });
  assert.equal(created.name, name);
  assert.equal(created.version, '0.0.1');
  assert.equal(created.publish, false);
  assert.match(created.exec.kind, /^nodejs:\d+$/);
  assert.equal(created.exec.binary, false);
  assert.deepEqual(values(created.parameters), { name: 'you', level: { of: [1, 2] } });
  assert.deepEqual(created.limits, { timeout: 5000, memory: 128, logs: 1, concurrency: 1 });
  assert.deepEqual(values(created.annotations), {
    description: 'says hello',
    'web-export': true,
    'provide-api-key': false,
    exec: created.exec.kind
  });

  const read = await ow.actions.get(name);
  assert.deepEqual(read, created);
  assert.equal(read.exec.code, code);
  const bare = await ow.actions.get({ name, code: false });
  assert.equal(bare.exec.code, undefined);
  assert.equal(bare.exec.kind, read.exec.kind);

  await refused(ow.actions.create({ name, action: code }), 409, /--> "resource already exists"$/);

  // An update keeps what it does not name; annotations are merged, parameters are not.
  const updated = await ow.actions.update({
    name,
    params: { other: true },
    annotations: { description: 'does not say hello', more: 1 },
    limits: { memory: 256 }
  });
  assert.equal(updated.version, '0.0.2');
  assert.equal(updated.exec.code, code);
  assert.deepEqual(values(updated.parameters), { other: true });
  assert.deepEqual(updated.limits, { timeout: 5000, memory: 256, logs: 1, concurrency: 1 });
  assert.deepEqual(values(updated.annotations), {
    ...values(created.annotations),
    description: 'does not say hello',
    more: 1
  });
  assert.ok(updated.updated >= created.updated);

  const versioned = await ow.actions.update({ name, action: code, version: '2.0.0' });
  assert.equal(versioned.version, '2.0.0');

  // A whole body of one's own, and code in another language.
  const own = fresh('own');
  const python = await ow.actions.create({
    name: own,
    action: { exec: { kind: 'python:default', code: 'def main(args):\n    return args\n' } }
  });
  assert.match(python.exec.kind, /^python:3\.\d+$/);
  const kinded = fresh('kinded');
  const other = await ow.actions.create({ name: kinded, action: code, kind: 'nodejs:18' });
  assert.equal(other.exec.kind, 'nodejs:18');
  const chosen = await ow.actions.update({
    name: kinded,
    action: 'exports.start = () => ({ started: true });',
    exec: { main: 'start' }
  });
  assert.equal(chosen.exec.main, 'start');
  assert.deepEqual(await ow.actions.invoke({ name: kinded, blocking: true, result: true }), {
    started: true
  });

  // Newest first; code is in no list.
  const listed = await ow.actions.list();
  assert.deepEqual(
    listed.slice(0, 3).map(each => each.name),
    [kinded, own, name]
  );
  assert.deepEqual(listed[0].exec, { binary: false });
  assert.deepEqual(
    (await ow.actions.list({ limit: 1, skip: 1 })).map(each => each.name),
    [own]
  );
  const { actions: count } = await ow.actions.list({ count: true });
  assert.equal(count, listed.length);

  // Several at once, by name and by options.
  const both = await ow.actions.get([name, { name: own }]);
  assert.deepEqual(
    both.map(each => each.name),
    [name, own]
  );
  const gone = await ow.actions.delete([name, own, kinded]);
  assert.deepEqual(
    gone.map(each => each.name),
    [name, own, kinded]
  );
  await refused(ow.actions.get(name), 404, /--> "The requested resource does not exist\."$/);
  await refused(ow.actions.delete(name), 404, /--> "The requested resource does not exist\."$/);
  await refused(ow.actions.update({ name, params: {} }), 400, /exec undefined/);
  return { count };
});

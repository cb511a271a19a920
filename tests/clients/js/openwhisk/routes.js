'use strict';

// Routes of the API gateway: a path and a method that lead to a web action.

const { assert, fresh, scenario } = require('../scenario');

scenario(async (ow, namespace) => {
  const action = fresh('web');
  await ow.actions.create({
    name: action,
    action: `const main = ({ __ow_method, name }) =>
      ({ headers: { 'content-type': 'application/json' }, body: { method: __ow_method, name } });`,
    annotations: { 'web-export': true }
  });
  const basepath = `/${fresh('base')}`;
  assert.deepEqual((await ow.routes.list()).apis, []);

  const created = await ow.routes.create({
    basepath,
    relpath: '/hello',
    operation: 'GET',
    action: `/${namespace}/${action}`,
    responsetype: 'http'
  });
  const url = created.gwApiUrl;
  assert.ok(url.endsWith(basepath), url);
  const answer = await fetch(`${url}/hello?name=you`);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { method: 'get', name: 'you' });

  await ow.routes.create({ basepath, relpath: '/hello', operation: 'POST', action });
  // As JSON unless it is said otherwise: the whole result.
  await ow.routes.create({ basepath, relpath: '/bye', operation: 'GET', action });
  const posted = await fetch(`${url}/hello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'me' })
  });
  assert.deepEqual((await posted.json()).body, { method: 'post', name: 'me' });
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);

  const { apis } = await ow.routes.list();
  assert.equal(apis.length, 1);
  const { apidoc, gwApiUrl } = apis[0].value;
  assert.equal(gwApiUrl, url);
  assert.equal(apidoc.basePath, basepath);
  assert.deepEqual(Object.keys(apidoc.paths).sort(), ['/bye', '/hello']);
  assert.deepEqual(
    Object.keys(apidoc.paths['/hello'])
      .filter(key => !/^x-/.test(key))
      .sort(),
    ['get', 'post']
  );
  assert.equal(apidoc.paths['/bye'].get['x-openwhisk'].action, action);
  assert.equal((await ow.routes.get({ basepath })).apis.length, 1);
  assert.deepEqual((await ow.routes.get({ basepath: '/other' })).apis, []);

  await ow.routes.delete({ basepath, relpath: '/hello', operation: 'POST' });
  assert.equal((await fetch(`${url}/hello`, { method: 'POST' })).ok, false);
  assert.equal((await fetch(`${url}/hello`)).status, 200);
  await ow.routes.delete({ basepath });
  assert.deepEqual((await ow.routes.list()).apis, []);
  assert.equal((await fetch(`${url}/hello`)).status, 404);
  await ow.actions.delete(action);
  return { url };
});

'use strict';

// How the client can be made, and what it says when it cannot get through.

const http = require('node:http');

const { assert, openwhisk, refused, scenario } = require('../scenario');

const { __OW_API_HOST: apihost, __OW_API_KEY: api_key } = process.env;

scenario(async (ow, namespace) => {
  const list = options => openwhisk(options).namespaces.list();
  assert.deepEqual(await list({ apihost, api_key }), [namespace]);
  assert.deepEqual(await list({ api: `${apihost}/api/v1/`, api_key }), [namespace]);
  const auth_handler = {
    getAuthHeader: async () => `Basic ${Buffer.from(api_key).toString('base64')}`
  };
  assert.deepEqual(await list({ apihost, auth_handler }), [namespace]);
  assert.deepEqual(await list({ apihost, api_key, retry: { retries: 1 } }), [namespace]);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const few = openwhisk({ apihost, api_key, agent, namespace });
  const lists = await Promise.all(Array.from({ length: 20 }, () => few.actions.list()));
  assert.equal(lists.length, 20);
  agent.destroy();

  const wrong = `${api_key.slice(0, -1)}${api_key.endsWith('x') ? 'y' : 'x'}`;
  for (const bad of [wrong, 'a:b', 'nothing']) {
    await refused(
      openwhisk({ apihost, api_key: bad }).actions.list(),
      401,
      /Returned HTTP 401 \(Unauthorized\) --> "The supplied authentication is invalid"$/
    );
  }
  await refused(
    openwhisk({ apihost, api_key, namespace: 'nobody' }).actions.list(),
    403,
    /--> "The supplied authentication is not authorized to access 'nobody'\."$/
  );
  const error = await refused(ow.actions.get('missing'), 404, /does not exist\."$/);
  assert.deepEqual(Object.keys(error.error).sort(), ['code', 'error']);
  assert.match(error.error.code, /^[0-9A-Za-z]{32}$/);

  // Nothing listens there: no status.
  const closed = openwhisk({ apihost: 'http://127.0.0.1:9', api_key }).actions.list();
  const unreached = await closed.catch(reason => reason);
  assert.equal(unreached.name, 'OpenWhiskError');
  assert.equal(unreached.statusCode, undefined);
  return { ways: 5 };
});

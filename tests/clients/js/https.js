'use strict';

// A host without a scheme is https; which certificates are good is up to the environment.

const assert = require('node:assert/strict');
const openwhisk = require('openwhisk');

const [, , host, trusted] = process.argv;
const { __OW_API_KEY: api_key } = process.env;

async function play() {
  const checked = openwhisk({ apihost: host, api_key }).namespaces.list();
  if (trusted === 'trusted') {
    assert.deepEqual(await checked, ['guest']);
  } else {
    const error = await checked.catch(reason => reason);
    assert.equal(error.name, 'OpenWhiskError');
    assert.match(error.message, /certificate/);
  }
  const unchecked = openwhisk({ apihost: host, api_key, ignore_certs: true });
  assert.deepEqual(await unchecked.namespaces.list(), ['guest']);
  console.log('played');
}

play().catch(error => {
  console.error(error);
  process.exitCode = 1;
});

'use strict';

// What every scenario needs: the client, names of its own, patience, and a last word.

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const openwhisk = require('openwhisk');

const PATIENCE_MS = 30_000;

/** A name that nothing has yet. */
const fresh = what => `${what}_${randomUUID().slice(0, 8)}`;

/** The annotations (or parameters) of an entity as an object. */
const values = list => Object.fromEntries(list.map(({ key, value }) => [key, value]));

/** Waits until `attempt` gives something true; what it throws last is told when that never comes. */
async function eventually(attempt) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    let failure = new assert.AssertionError({ message: `Never came true: ${attempt}` });
    try {
      const found = await attempt();
      if (found) return found;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw failure;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The record of an activation, as soon as it is there. */
const record = (ow, { activationId }) => eventually(() => ow.activations.get(activationId));

/** The call must fail with an OpenWhiskError of this status, whose message ends in these words. */
async function refused(call, statusCode, words) {
  const error = await call.then(
    answer => assert.fail(`Not refused: ${JSON.stringify(answer)}`),
    reason => reason
  );
  assert.equal(error.name, 'OpenWhiskError', error.stack);
  assert.equal(error.statusCode, statusCode, error.message);
  assert.match(error.message, words);
  return error;
}

async function start(play) {
  const ow = openwhisk();
  const [namespace] = await ow.namespaces.list();
  return play(ow, namespace);
}

/**
 * Runs a scenario in the namespace whose key is in the environment, where nothing is yet, and prints
 * what it gives as the last line: without that line it did not come to its end (Node.js ends well
 * when nothing is left to do).
 */
function scenario(play) {
  start(play).then(
    result => console.log(JSON.stringify({ played: true, ...result })),
    error => {
      console.error(error);
      process.exitCode = 1;
    }
  );
}

module.exports = { assert, eventually, fresh, openwhisk, record, refused, scenario, values };

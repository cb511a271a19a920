import type { ISession } from '../../../api/session';
import { assetCreated, named, step } from '../../../testing/sessions';
import { stepTree } from '../steptree';
import { traceSummary } from './summarytext';

function sentence(session: ISession): string | null {
  const found = traceSummary(session, stepTree(session));
  return found && `${found.before}${found.name}${found.after}`;
}

test('a cold start that matters is the insight', () => {
  expect(sentence(assetCreated())).toBe(
    'The cold start of smart_body_crop accounts for 92% of the time and 95% of the cost.'
  );
});

test('of a plain function it needs no name', () => {
  const session = assetCreated();
  const crop = named(session, 'smart_body_crop');
  expect(
    sentence({
      ...session,
      kind: 'function',
      steps: [],
      activation: { ...session.activation, ...crop, result: {}, logs: [] },
      elapsed_ms: 49_090,
      cost: { ...session.cost, per_million_usd: crop.cost_per_million_usd }
    })
  ).toBe('The cold start accounts for 95% of the time and 95% of the cost.');
});

test('without one, the longest call is', () => {
  const steps = [
    step({ name: 'quick', at: 0, ms: 4 }),
    step({ name: 'slow', at: 10, ms: 300, init_ms: 2 })
  ];
  const session = { ...assetCreated(), steps, elapsed_ms: 400 };
  session.cost = { ...session.cost, per_million_usd: '3.4' };
  expect(sentence(session)).toBe('slow took longest: 300 ms, 75% of the time and 75% of the cost.');
});

test('the start of a wait is not that of a function', () => {
  const steps = [
    step({ name: 'utils/echo', role: 'wait', at: 0, ms: 300, init_ms: 290 }),
    step({ name: 'slow', at: 10, ms: 200 })
  ];
  const session = { ...assetCreated(), steps, elapsed_ms: 400 };
  expect(sentence(session)).toMatch(/^slow took longest: 200 ms/);
});

test('a failure comes before everything', () => {
  const session = assetCreated();
  session.activation = { ...session.activation, ok: false, result: { error: 'x\ny' } };
  expect(sentence(session)).toBe('The last call that failed was fetch_asset: 504 Gateway Timeout');
  session.steps = session.steps.filter(one => one.ok);
  expect(sentence(session)).toBe('asset_created failed: x');
});

test('of a session that runs, what it waits for', () => {
  const session = { ...assetCreated(), running: true };
  const [first] = session.steps.filter(one => one.role === 'action');
  expect(sentence(session)).toBe('store_asset was the last call that ended.');
  expect(sentence({ ...session, steps: [{ ...first!, end: null }] })).toBe(
    'Waiting for fetch_asset.'
  );
  expect(sentence({ ...session, steps: [] })).toBe('asset_created is still running.');
});

test('of an empty session there is nothing to say', () => {
  expect(sentence({ ...assetCreated(), steps: [], elapsed_ms: 0 })).toBeNull();
});

import type { ISession } from '../api/session';
import { action, ASSET, ASSET_NODES, code, EMPTY, sequence, step } from '../testing/compositions';
import { sample } from '../testing/sampledata';
import { boxesOf, graphOf } from './graph';
import type { IGroup, Part } from './graphparts';
import { graphSummary } from './labels';
import { ownSteps, runOverlay } from './runoverlay';

/** How often each labelled link was taken, and whether those into the named boxes were. */
function taken(part: Part, run: ReturnType<typeof runOverlay>, onto: Record<string, number> = {}) {
  if (part.kind === 'group') {
    for (const link of part.links) {
      onto[link.label || `${link.from} ${link.to}`] = link.taken(run);
    }
    part.parts.forEach(one => taken(one, run, onto));
  }
  return onto;
}

const called = (path: string) => step(path, { id: path });
// Six calls, one of them a second try.
const ASSET_STEPS = ['a', 'b', 'c', 'd', 'e', 'f'].map(called);
const run = runOverlay({ nodes: ASSET_NODES, steps: ASSET_STEPS, succeeded: true, calls: 6 });
const asset: IGroup = graphOf(ASSET);

test('the path of a run follows the visits of its nodes', () => {
  const ways = taken(asset, run);
  expect(ways).toMatchObject({ yes: 1, no: 0, 'on error': 0 });
  expect(ways['.body[1].test:box .body[1]?']).toBe(1);
  expect(ways['.body[1].consequent:box .body[1]>']).toBe(1);
  expect(ways['.body[1].alternate:box .body[1]>']).toBe(0);
  expect(ways[':try end']).toBe(1);
});

test('a failure leads to the handler and past the rest', () => {
  const nodes = {
    '': { visits: 1, failed: 0 },
    '.body': { visits: 1, failed: 0 },
    '.body[0]': { visits: 1, failed: 0 },
    '.body[0][0]': { visits: 3, failed: 3 },
    '.handler': { visits: 1, failed: 0 }
  };
  const ways = taken(asset, runOverlay({ nodes, steps: [], succeeded: true, calls: 0 }));
  expect(ways).toMatchObject({ yes: 0, no: 0, 'on error': 1 });
  expect(ways['.handler:box >']).toBe(1);
  expect(ways[':frame >']).toBe(0);
});

test('a loop goes back once less than it tests', () => {
  const loop = { type: 'while', test: action('more'), body: action('work') };
  const nodes = {
    '': { visits: 1, failed: 0 },
    '.test': { visits: 3, failed: 0 },
    '.body': { visits: 2, failed: 0 }
  };
  const ways = taken(graphOf(loop), runOverlay({ nodes, steps: [], succeeded: true, calls: 0 }));
  expect(ways).toMatchObject({ yes: 2, no: 1, '.body:box .test:box': 2 });
});

test('a run that did not end well does not reach the end', () => {
  const ways = taken(
    asset,
    runOverlay({ nodes: ASSET_NODES, steps: [], succeeded: false, calls: 0 })
  );
  expect(ways[':try end']).toBe(0);
});

test('a retry tells its tries', () => {
  const [frame] = (function frames(part: Part): IGroup[] {
    return part.kind === 'group'
      ? [...(part.label?.(null).startsWith('retry') ? [part] : []), ...part.parts.flatMap(frames)]
      : [];
  })(asset);
  expect(frame?.label?.(null)).toBe('retry, at most 3 tries');
  expect(frame?.label?.(run)).toBe('retry, 2 of 3 tries');
});

test('a box adds up its calls', () => {
  const steps = [
    step('[0]', { duration_ms: 160, ok: false }),
    step('[0]', { duration_ms: 200, cold: true }),
    step('[1]', { end: null, duration_ms: null })
  ];
  const some = runOverlay({
    nodes: { '[0]': { visits: 2, failed: 1 } },
    steps,
    succeeded: false,
    calls: 3
  });
  expect(some.at('[0]')).toEqual({ visits: 2, failed: 1, ms: 360, cold: true, running: false });
  expect(some.at('[1]')).toEqual({ visits: 1, failed: 0, ms: null, cold: false, running: true });
  expect(some.at('[2]')).toEqual({ visits: 0, failed: 0, ms: null, cold: false, running: false });
});

test('steps of a nested composition have paths of another graph', () => {
  const steps = [
    step('[0]', { id: 'nested', role: 'composition' }),
    step('[0]', { id: 'inside', parent: 'nested' }),
    step('[1]', { id: 'branch', role: 'branch' }),
    step('[1][0]', { id: 'in branch', parent: 'branch' })
  ];
  const own = ownSteps({ id: 'session', steps }).map(one => one.id);
  expect(own).toEqual(['nested', 'branch', 'in branch']);
});

test('the sentence counts functions and calls', () => {
  expect(graphSummary(boxesOf(asset), run)).toBe('6 calls to 5 of 7 functions.');
  expect(graphSummary(boxesOf(asset), null)).toBe('7 functions.');
  expect(graphSummary(boxesOf(graphOf(EMPTY)), null)).toMatch(/composition is empty/);
  expect(graphSummary(boxesOf(graphOf(sequence(action('a')))), null)).toBe('1 function.');
});

test('inline functions are counted apart, because they are not called', () => {
  const graph = graphOf(sequence(action('a'), code('lambda p: p'), code('lambda p: p')));
  const nodes = { '[0]': { visits: 1, failed: 0 }, '[1]': { visits: 1, failed: 0 } };
  const run = runOverlay({ nodes, steps: [called('[0]')], succeeded: true, calls: 1 });
  expect(graphSummary(boxesOf(graph), run)).toBe(
    '1 call to 1 function. 1 of 2 inline functions ran.'
  );
});

test('the calls are those of the whole session, with nested compositions', () => {
  const nodes = { '[0]': { visits: 1, failed: 0 } };
  const run = runOverlay({ nodes, steps: [called('[0]')], succeeded: true, calls: 4 });
  expect(graphSummary(boxesOf(graphOf(sequence(action('a')))), run)).toBe(
    '4 calls to 1 function, 3 of them in nested compositions.'
  );
});

test('the sample session', () => {
  const { graph, nodes, id, steps, calls } = sample<ISession>('session');
  const found = runOverlay({ nodes, steps: ownSteps({ id, steps }), succeeded: true, calls });
  expect(graphSummary(boxesOf(graphOf(graph)), found)).toBe(
    '2 calls to 1 function. 1 inline function ran.'
  );
  expect(found.at('[0][0]')).toMatchObject({ visits: 2, failed: 1, ms: 412 });
});

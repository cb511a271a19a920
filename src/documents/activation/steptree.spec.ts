import type { ISession } from '../../api/session';
import { sum, usd } from '../../format/money';
import { sample } from '../../testing/sampledata';
import { assetCreated, named, SESSION_ID, step } from '../../testing/sessions';
import { stepCost, repetitionLabel, chargedRuns, stepTree, totalTimes } from './steptree';
import { visibleRows, type IFolding } from './trace/visiblerows';

const FOLDED: IFolding = { open: new Map(), overhead: new Set() };

function words(session: ISession, folding = FOLDED): string[] {
  return visibleRows(stepTree(session), folding).map(
    row => `${' '.repeat(row.level)}${row.name}${row.overhead && `: ${row.overhead}`}`
  );
}

/** A map over twenty items, each branch with a call, and a nested composition. */
function fan(): ISession {
  const nested = step({ name: 'tags', at: 700, ms: 20, role: 'composition', kind: 'sequence' });
  const branches = Array.from({ length: 20 }, (_, index) => {
    const branch = step({
      name: 'fan',
      at: 30,
      ms: 400,
      role: 'branch',
      kind: 'sequence',
      path: '[1]'
    });
    const { id } = branch;
    const ok = index !== 7;
    return [
      { ...branch, ok },
      step({ name: 'fan', at: 31, ms: 3, role: 'conductor', parent: id }),
      step({ name: 'colour_of', at: 40, ms: 380, parent: id, path: '[1][0]', nth: index + 1, ok })
    ];
  });
  return {
    ...assetCreated(),
    name: 'fan',
    steps: [
      step({ name: 'fan', at: 20, ms: 4, role: 'conductor' }),
      ...branches.flat(),
      step({ name: 'echo', at: 500, ms: 2, role: 'wait' }),
      nested,
      step({ name: 'tags', at: 701, ms: 2, role: 'conductor', parent: nested.id }),
      step({ name: 'tag', at: 705, ms: 12, parent: nested.id })
    ]
  };
}

test('the conductor is folded under the composition', () => {
  expect(words(assetCreated())).toEqual(
    [
      'session: 7 conductor runs',
      ' fetch_asset',
      ' fetch_asset',
      ' has_person',
      ' smart_body_crop',
      ' sentiment',
      ' store_asset'
    ].map(line => line.replace('session', 'asset_created'))
  );
});

test('its runs are shown among the calls, in order', () => {
  const overhead = new Set([SESSION_ID]);
  const rows = words(assetCreated(), { open: new Map(), overhead });
  expect(rows).toHaveLength(14);
  expect(rows.slice(0, 4)).toEqual([
    'asset_created: 7 conductor runs',
    ' asset_created',
    ' fetch_asset',
    ' asset_created'
  ]);
});

test('many branches are folded but for those that failed; nested compositions are not', () => {
  const session = fan();
  const rows = words(session);
  expect(rows.filter(row => row === ' fan: 1 conductor run')).toHaveLength(20);
  expect(rows.filter(row => row === '  colour_of')).toHaveLength(1);
  expect(rows.slice(-2)).toEqual([' tags: 1 conductor run', '  tag']);
  const [branch] = session.steps.filter(one => one.role === 'branch');
  const opened = words(session, { ...FOLDED, open: new Map([[branch!.id, true]]) });
  expect(opened).toHaveLength(rows.length + 1);
});

test('a group is priced by its conductor, a hand-over included', () => {
  const [root] = visibleRows(stepTree(fan()), FOLDED);
  expect(root).toMatchObject({
    overhead: '1 conductor run, 1 continuation',
    price: '$1.70',
    times: { run: 6, init: null }
  });
});

test('what is folded is added up in its row', () => {
  const open = new Map([[SESSION_ID, false]]);
  const [root] = visibleRows(stepTree(assetCreated()), { ...FOLDED, open });
  expect(root).toMatchObject({ price: '$3,184.45', times: { wait: 1241, run: 2739 } });
});

test('every run is in the sum once', () => {
  const session = fan();
  const runs = chargedRuns(stepTree(session));
  expect(runs).toHaveLength(session.steps.filter(one => one.kind !== 'sequence').length);
  expect(new Set(runs).size).toBe(runs.length);
});

test('the totals are those of the picture', () => {
  const runs = chargedRuns(stepTree(assetCreated()));
  expect(totalTimes(runs)).toEqual({ wait: 1241, init: 46_880, run: 2739 });
  expect(usd(sum(runs.map(stepCost)))).toBe('$3,184.45');
});

test('a plain function is a tree of itself', () => {
  const session: ISession = { ...sample<ISession>('session'), kind: 'function', steps: [] };
  const activation = { ...session.activation, kind: 'python:3.11', billed_ms: 100 };
  const tree = stepTree({ ...session, activation });
  expect(visibleRows(tree, FOLDED)).toMatchObject([{ level: 0, group: false, open: null }]);
  expect(chargedRuns(tree)).toHaveLength(1);
});

test('calls of one node are told apart, as tries within a retry', () => {
  const session = assetCreated();
  expect(repetitionLabel(named(session, 'fetch_asset'), session)).toBe('1st try');
  expect(repetitionLabel(named(session, 'fetch_asset', 1), session)).toBe('2nd try');
  expect(repetitionLabel(named(session, 'has_person'), session)).toBeNull();
  const unknown = { ...session, graph: null };
  expect(repetitionLabel(named(unknown, 'fetch_asset', 1), unknown)).toBe('2nd call');
});

test('branches are numbered, and what runs in them is not', () => {
  const session = fan();
  const branches = session.steps.filter(one => one.role === 'branch');
  expect(repetitionLabel(branches[2]!, session)).toBe('branch 3');
  expect(repetitionLabel(named(session, 'colour_of', 5), session)).toBeNull();
});

test('a step whose parent is not there stands beneath the session', () => {
  const session = assetCreated();
  session.steps.push(step({ name: 'lost', at: 60_000, ms: 1, parent: 'f'.repeat(32) }));
  expect(words(session)[7]).toBe(' lost');
});

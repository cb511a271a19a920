import { act } from 'react';
import { Widget } from '@lumino/widgets';

import type { ISession, ISessionStep } from '../../api/session';
import type { IActivationSummary } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import { ActivationsBody } from './body';
import { ActivationsModel } from './model';
import { rowLabel, type IActivationRow } from './rows';

const session = sample<ISession>('session');
const { activation, steps } = session;
const NOW = session.end! + 120_000;

/** A run of the session that the sample does not have. */
function step(id: string, facts: Partial<ISessionStep>): ISessionStep {
  return { ...steps[1]!, id, ...facts };
}

let listed: IActivationSummary[];
let answers: { [id: string]: ISession };
let server: FakeServer;
let manager: FaasManager;
let model: ActivationsModel;

function answer({ path, query }: IRequest): Answer {
  const [resource, id] = path.split('/');
  if (resource === 'sessions') {
    const found = answers[id!];
    return found ? [200, found] : [404, refusal('activation_not_found', 'It is gone.')];
  }
  if (resource === 'activations') {
    const wanted = listed.filter(one => !query.has('top') || one.cause === null);
    return [200, id ? sample('activation') : { activations: wanted, as_of: NOW }];
  }
  return [200, sample(path)];
}

beforeEach(() => {
  listed = [...[...steps].reverse(), activation];
  answers = { [session.id]: session };
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  model = new ActivationsModel(manager);
});

afterEach(() => {
  manager.dispose();
});

function rows(): IActivationRow[] {
  return model.groups(NOW).flatMap(group => group.rows);
}

function shown(): string[] {
  return rows().map(row => `${row.level} ${row.name} ${row.costText}`);
}

async function come(): Promise<void> {
  await manager.refresh();
  rows();
  await settle();
}

test('a session is one row, whatever it called', async () => {
  await come();
  expect(shown()).toEqual(['1 asset_created null']);
  expect(server.log.filter(line => line.includes('sessions/'))).toEqual([]);
});

test('a session that was seen has its calls and its exact price', async () => {
  await come();
  model.onRowVisible(rows()[0]!);
  await settle();
  expect(rowLabel(rows()[0]!, NOW)).toBe(
    'asset_created, succeeded, 2 calls, cold start, 721 ms, $6.38 per million calls, 2 minutes ago'
  );
});

test('an opened session shows its calls, and its conductor’s runs folded with their sum', async () => {
  await come();
  model.open(rows()[0]!);
  await settle();
  expect(shown()).toEqual([
    '1 asset_created $6.38',
    '2 fetch_asset $2.55',
    '2 fetch_asset $1.70',
    '2 3 conductor runs $2.13'
  ]);
  expect(rowLabel(rows()[2]!, NOW)).toBe(
    'fetch_asset, call 2, succeeded, 200 ms, $1.70 per million calls'
  );
  model.open(rows()[3]!);
  expect(shown().slice(4)).toEqual([
    '3 asset_created $0.43',
    '3 asset_created $0.43',
    '3 asset_created $1.28'
  ]);
  expect(server.log.filter(line => line.includes('sessions/'))).toHaveLength(1);
});

test('a step opens to its record', async () => {
  await come();
  model.open(rows()[0]!);
  await settle();
  const row = rows()[1]!;
  model.open(row);
  await settle();
  expect(server.log).toContain(`GET activations/${steps[1]!.id}`);
  expect(model.details(row)).toMatchObject({ state: 'known' });
});

test('a nested composition opens to what it called', async () => {
  const nested = step('n', { name: 'inner', kind: 'sequence', role: 'composition' });
  const called = step('m', { name: 'measure', parent: 'n', cost_per_million_usd: '0.85' });
  nested.cost_text = null;
  nested.cost_per_million_usd = null;
  answers[session.id] = { ...session, steps: [...steps, nested, called] };
  await come();
  model.open(rows()[0]!);
  await settle();
  const inner = rows().find(row => row.name === 'inner')!;
  expect(inner).toMatchObject({ level: 2, kind: 'session', costText: '$0.85' });
  model.open(inner);
  expect(shown()).toContain('3 measure $2.55');
});

const branch = step('b', { kind: 'sequence', role: 'branch', cause: null });
const inBranch = step('m', { name: 'asset_created', parent: 'b', cause: 'b', role: 'conductor' });

test.each([[[activation]], [[]]])(
  'what branches of a session called stands under it, listed or running: %#',
  async own => {
    listed = [inBranch, ...[...steps].reverse(), ...own];
    const running = own.length === 0;
    answers[session.id] = { ...session, running, steps: [...steps, branch, inBranch] };
    await come();
    await come();
    expect(rows().map(row => row.id)).toEqual([session.id]);
    const asked = server.log.filter(line => line.includes('sessions/'));
    expect(new Set(asked)).toEqual(new Set([`GET sessions/${session.id}`]));
  }
);

test('what the list knows of a session needs no request', async () => {
  listed = [{ ...activation, calls: 2, cold: true, cost_text: '$6.38' }];
  await come();
  model.onRowVisible(rows()[0]!);
  await settle();
  expect(rowLabel(rows()[0]!, NOW)).toContain('2 calls, cold start, 721 ms, $6.38');
  expect(server.log.filter(line => line.includes('sessions/'))).toEqual([]);
});

test('a branch is named by its number', async () => {
  const names = [
    { ...branch, nth: 3 },
    { ...branch, id: 'a', role: 'async' as const }
  ];
  answers[session.id] = { ...session, steps: [...steps, ...names] };
  await come();
  model.open(rows()[0]!);
  await settle();
  expect(rows().map(row => row.name)).toEqual([
    'asset_created',
    'fetch_asset',
    'fetch_asset',
    'branch 3',
    'asynchronous',
    '3 conductor runs'
  ]);
});

test('another run of the same composition stays a session of its own', async () => {
  const other = { ...activation, id: 'other', start: session.start + 10 };
  listed = [other, ...listed];
  await come();
  expect(rows().map(row => row.id)).toEqual(['other', session.id]);
});

test('what runs still is stood for by its session, which fills in', async () => {
  listed = [steps[1]!, steps[0]!];
  const running = {
    ...session,
    running: true,
    end: null,
    activation: { ...activation, end: null, duration_ms: null, status: 'running' },
    steps: steps.slice(0, 2)
  };
  answers[session.id] = running;
  await come();
  const row = rows()[0]!;
  expect(row).toMatchObject({ id: session.id, running: true, kind: 'session' });
  expect(rowLabel(row, NOW)).toContain('asset_created, running');
  model.open(row);
  expect(rows()).toHaveLength(3);

  listed = [steps[3]!, ...listed];
  answers[session.id] = { ...running, steps: steps.slice(0, 4) };
  await come();
  expect(rows()).toHaveLength(4);

  listed = [...[...steps].reverse(), activation];
  answers[session.id] = session;
  await come();
  expect(rows()[0]).toMatchObject({ running: false, costText: '$6.38' });
  const asked = server.log.length;
  await manager.refreshActivations();
  expect(server.log.slice(asked)).toEqual(['GET activations', 'GET activations']);
});

test('where a session is gone, others are asked for all the same', async () => {
  listed = [step('x', { cause: 'gone' }), steps[1]!];
  answers[session.id] = { ...session, running: true };
  await come();
  await come();
  expect(rows().map(row => row.id)).toEqual([session.id]);
});

test('a session that cannot be fetched says why when it is opened', async () => {
  answers = {};
  await come();
  const row = rows()[0]!;
  model.open(row);
  await settle();
  expect(model.details(row)).toEqual({ state: 'failed', message: 'It is gone.', hint: '' });
});

test.each([
  ['fetch', 'any', 1],
  ['asset', 'any', 1],
  ['iris', 'any', 0],
  ['', 'cold', 1],
  ['', 'failed', 0]
] as const)('with %j and %s filtered, %d sessions are left', async (name, status, left) => {
  await come();
  model.onRowVisible(rows()[0]!);
  await settle();
  model.name = name;
  model.status = status;
  expect(rows()).toHaveLength(left);
});

test('a step is revealed in its opened session', async () => {
  await come();
  model.onRowVisible(rows()[0]!);
  await settle();
  model.reveal(steps[3]!.id);
  expect(model.isOpen(session.id)).toBe(true);
  model.reveal(steps[2]!.id);
  expect(rows().map(row => row.id)).toContain(steps[2]!.id);
});

test('another target has other sessions', async () => {
  await come();
  model.onRowVisible(rows()[0]!);
  await settle();
  const status = sample<{ target: { name: string } }>('status');
  const elsewhere = { ...status, target: { ...status.target, name: 'team-openwhisk' } };
  server.answer = request => (request.path === 'status' ? [200, elsewhere] : answer(request));
  await manager.refresh();
  expect(shown()).toEqual(['1 asset_created null']);
});

test('the keyboard goes into a session and out of it', async () => {
  const actions = { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() };
  await manager.refresh();
  const body = new ActivationsBody({ model, actions });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  const focused = () => document.activeElement?.getAttribute('data-id');
  const press = async (key: string) => {
    await act(async () => {
      document.activeElement!.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      );
      await settle();
    });
  };
  await act(async () => {
    body.node.querySelector<HTMLElement>('[role=treeitem]')!.focus();
  });
  await press('ArrowRight');
  await press('ArrowRight');
  expect(focused()).toBe(steps[1]!.id);
  expect(document.activeElement?.getAttribute('aria-level')).toBe('2');
  await press('f');
  expect(focused()).toBe(steps[3]!.id);
  await press('Enter');
  expect(actions.open).toHaveBeenCalledWith(steps[3]!.id);
  await press('ArrowLeft');
  expect(focused()).toBe(session.id);
  await press('ArrowLeft');
  expect(document.activeElement?.getAttribute('aria-expanded')).toBe('false');
  await act(async () => {
    body.dispose();
  });
});

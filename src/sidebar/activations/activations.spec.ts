import { act } from 'react';
import { Widget } from '@lumino/widgets';

import type { IActivation, IActivationList, IActivationSummary } from '../../api/types';
import { endTime } from '../../format/runs';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import { ActivationsBody } from './body';
import { ActivationsModel } from './model';
import { rowLabel, topRow } from './rows';

const { activations, as_of } = sample<IActivationList>('activations');
const NOW = as_of;

function answer({ path }: IRequest): Answer {
  return path.startsWith('activations/')
    ? [200, { ...sample<IActivation>('activation'), id: path.split('/')[1] }]
    : [200, sample(path)];
}

let server: FakeServer;
let manager: FaasManager;
let model: ActivationsModel;

beforeEach(async () => {
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  model = new ActivationsModel(manager);
  await manager.refresh();
});

afterEach(() => {
  manager.dispose();
});

function names(): string[] {
  return model.groups(NOW).flatMap(group => group.rows.map(row => row.name));
}

test('a row is one sentence', () => {
  expect(rowLabel(topRow(activations[1]!, null), endTime(activations[1]!) + 120_000)).toBe(
    'smart_body_crop, succeeded, cold start, 49.09 s, $3,171.70 per million calls, 2 minutes ago'
  );
});

test('runs stand under the headings of their age', () => {
  expect(model.groups(NOW).map(group => [group.title, group.rows.length])).toEqual([
    ['Just now', 1],
    ['Last 5 minutes', 2]
  ]);
});

test('a long run that ended late stands above those that ended before it', async () => {
  const [first] = activations;
  const run = (id: string, start: number, end: number | null) => ({ ...first!, id, start, end });
  const hour = 3_600_000;
  server.answer = request =>
    request.path === 'activations'
      ? [
          200,
          {
            activations: [
              run('recent', NOW - hour - 1000, NOW - hour),
              run('running', NOW - 2 * hour, null),
              run('long', NOW - 3 * hour, NOW - 1000),
              run('old', NOW - 4 * hour, NOW - 4 * hour)
            ].map(one => (one.id === 'running' ? { ...one, status: 'running' } : one)),
            as_of
          }
        ]
      : answer(request);
  await manager.refresh();
  expect(model.groups(NOW).map(({ title, rows }) => [title, rows.map(row => row.id)])).toEqual([
    ['Just now', ['running', 'long']],
    ['Last 24 hours', ['recent', 'old']]
  ]);
});

test.each([
  ['any', '', ['iris', 'smart_body_crop', 'sentiment']],
  ['any', 'S', ['iris', 'smart_body_crop', 'sentiment']],
  ['any', 'senti', ['sentiment']],
  ['succeeded', '', ['iris', 'smart_body_crop']],
  ['failed', '', ['sentiment']],
  ['cold', '', ['smart_body_crop']],
  ['failed', 'iris', []]
] as const)('the filter %s and %j leaves %j', (status, name, left) => {
  model.status = status;
  model.name = name;
  expect(names()).toEqual(left);
});

describe('a search of the target', () => {
  const old = { ...activations[2]!, id: 'a'.repeat(32), name: 'nightly', start: 1000, end: 1500 };
  const older = { ...old, id: 'b'.repeat(32), start: 500, end: 600 };

  beforeEach(() => {
    jest.useFakeTimers();
    server.answer = request => {
      const { query } = request;
      if (!query.has('status')) {
        return answer(request);
      }
      const found = query.get('upto') === '1000' ? [old, older] : [old];
      const searched_to = query.get('upto') === '1000' ? null : 1000;
      return [200, { activations: found, as_of, searched_to }];
    };
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  async function typed(): Promise<void> {
    await jest.advanceTimersByTimeAsync(300);
    await settle();
  }

  const searches = () =>
    server.requests
      .filter(({ query }) => query.has('status'))
      .map(one => String(one.query).replace(/&\d+=$/, ''));

  test('finds runs that are not among the latest, and continues', async () => {
    model.name = 'night';
    model.name = 'nightly';
    expect([names(), model.searching]).toEqual([[], true]);
    await typed();
    expect(searches()).toEqual(['limit=50&status=any&contains=nightly']);
    expect([names(), model.found, model.listedTo]).toEqual([['nightly'], 1, 1000]);
    model.loadMore();
    await typed();
    // The page begins with the run that the earlier page ended with.
    expect([names(), model.found, model.listedTo]).toEqual([['nightly', 'nightly'], 2, null]);
    model.showAll();
    expect(names()).toEqual(['iris', 'smart_body_crop', 'sentiment']);
  });

  test('lets the target select the runs of one function', async () => {
    model.name = 'iris';
    model.status = 'failed';
    await typed();
    expect(searches()).toEqual(['limit=50&status=failed&name=iris']);
  });

  test('that fails says why, and can be repeated', async () => {
    const { answer: works } = server;
    server.answer = () => [502, refusal('target_not_reachable', 'It is down.')];
    model.status = 'failed';
    await typed();
    expect([model.problem, names()]).toEqual(['It is down.', ['sentiment']]);
    server.answer = works;
    model.loadMore();
    await typed();
    expect([model.problem, model.found]).toEqual(['', 2]);
  });
});

test('a fired trigger of the latest runs is listed, but does not take the place of a run', async () => {
  const fired = { ...activations[0]!, id: 'c'.repeat(32), name: 'tick', kind: null, end: null };
  server.answer = request =>
    request.path === 'activations' && !request.query.has('top')
      ? [200, { activations: [fired], as_of }]
      : answer(request);
  await manager.refresh();
  expect(names()).toContain('tick');
  const top = server.requests.find(({ query }) => query.has('top'));
  expect(top?.query.get('triggers')).toBe('false');
});

test('an opened row fetches the whole record, once', async () => {
  const row = topRow(activations[0]!, null);
  const { id } = row;
  expect(model.details(row)).toBeNull();
  model.open(row);
  expect(model.details(row)).toEqual({ state: 'loading' });
  await settle();
  expect(model.details(row)).toMatchObject({ state: 'known', activation: { id } });
  model.toggle(row);
  model.toggle(row);
  expect(model.details(row)).toMatchObject({ state: 'known' });
  expect(server.log.filter(line => line.endsWith(id))).toHaveLength(1);
});

test('the list of a target that never responded says when it will have rows', async () => {
  server.answer = () => [503, refusal('target_not_reachable', 'No answer.')];
  const away = new FaasManager({ api: server.api, pollInterval: 1000 });
  await away.refresh();
  const body = new ActivationsBody({
    model: new ActivationsModel(away),
    actions: { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() }
  });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  expect(body.node.textContent).toBe('Activations appear here when the target responds.');
  await act(async () => body.dispose());
  away.dispose();
});

test('a record that could not be fetched says why, and is asked for again', async () => {
  const row = topRow(activations[0]!, null);
  server.answer = () => [404, refusal('activation_not_found', 'It is gone.')];
  model.open(row);
  await settle();
  expect(model.details(row)).toEqual({ state: 'failed', message: 'It is gone.', hint: '' });
  server.answer = answer;
  model.close(row.id);
  model.open(row);
  await settle();
  expect(model.details(row)).toMatchObject({ state: 'known' });
});

test('a run that the filter hides is revealed all the same', () => {
  model.status = 'failed';
  model.name = 'sentiment';
  model.reveal(activations[0]!.id);
  expect(names()).toContain('iris');
  expect(model.details(topRow(activations[0]!, null))).not.toBeNull();
});

test('a row of a failed run has its cause in one line', async () => {
  const cause = 'ValueError: <b>text</b> is empty';
  const failed = { ...activations[0]!, ok: false, error: cause };
  server.answer = request =>
    request.path === 'activations' ? [200, { activations: [failed], as_of }] : answer(request);
  await manager.refresh();
  const actions = { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() };
  const body = new ActivationsBody({ model, actions });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  const row = body.node.querySelector('[role=treeitem]')!;
  expect(row.querySelector('.jp-FaasActivationRow-error')?.textContent).toBe(cause);
  expect(row.getAttribute('aria-label')).toContain(`iris, failed, ${cause}`);
  await act(async () => {
    body.dispose();
  });
});

test('the list is a tree whose rows open by click and by key', async () => {
  const actions = { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() };
  const body = new ActivationsBody({ model, actions });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  const rows = () => [...body.node.querySelectorAll<HTMLElement>('[role=treeitem]')];
  const press = async (key: string) => {
    await act(async () => {
      document.activeElement!.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      );
      await settle();
    });
  };
  expect(rows().map(row => row.getAttribute('aria-expanded'))).toEqual(['false', 'false', 'false']);
  await act(async () => {
    rows()[0]!.click();
    rows()[0]!.focus();
    await settle();
  });
  expect(body.node.textContent).toContain('{"species": "setosa", "confidence": 0.98}');
  expect(body.node.textContent).toContain('billed 0.1 s at 256 MB');
  body.node.querySelector<HTMLElement>('[aria-label^="Copy the ID"]')!.click();
  expect(actions.copy).toHaveBeenCalledWith(activations[0]!.id);
  await press('ArrowLeft');
  await press('ArrowDown');
  await press('ArrowRight');
  // The third are the details of the second, one level in.
  const expanded = ['false', 'true', null, 'false'];
  expect(rows().map(row => row.getAttribute('aria-expanded'))).toEqual(expanded);
  await press('ArrowRight');
  expect(document.activeElement).toBe(rows()[2]);
  expect(rows()[2]!.getAttribute('aria-level')).toBe('2');
  await press('ArrowLeft');
  expect(document.activeElement).toBe(rows()[1]);
  await press('Enter');
  expect(actions.open).toHaveBeenCalledWith(activations[1]!.id);
  await press('ContextMenu');
  expect(actions.menu.mock.calls[0]![0]).toMatchObject({ id: activations[1]!.id, kind: 'run' });
  await act(async () => {
    body.dispose();
  });
});

test('without any run the section says what will come', async () => {
  server.answer = request =>
    request.path === 'activations' ? [200, { activations: [], as_of }] : answer(request);
  await manager.refresh();
  const body = new ActivationsBody({
    model,
    actions: { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() }
  });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  expect(body.node.textContent).toContain('No activations yet.');
  await act(async () => {
    body.dispose();
  });
});

describe('runs of the feed that keeps schedules', () => {
  const made = { ...activations[0]!, id: 'f'.repeat(32), name: 'alarms/interval', feed: true };

  async function listing(...listed: IActivationSummary[]): Promise<HTMLElement> {
    server.answer = request =>
      request.path === 'activations'
        ? [200, { activations: listed, as_of } satisfies IActivationList]
        : answer(request);
    await manager.refresh();
    const actions = { copy: jest.fn(), open: jest.fn(), openLine: jest.fn(), menu: jest.fn() };
    const body = new ActivationsBody({ model, actions });
    await act(async () => {
      Widget.attach(body, document.body);
      await settle();
    });
    return body.node;
  }

  test('are hidden, which is said, and shown when asked for', async () => {
    const node = await listing(made, activations[2]!);
    expect(names()).toEqual(['sentiment']);
    const line = node.querySelector('.jp-FaasActivations-hidden')!;
    expect(line.textContent).toBe('1 run of the schedule feed is hiddenShow');
    await act(async () => line.querySelector('button')!.click());
    expect(names()).toEqual(['alarms/interval', 'sentiment']);
    expect(node.querySelector('.jp-FaasActivations-hidden')).toBeNull();
  });

  test('are found by who looks for them', async () => {
    await listing(made, activations[2]!);
    model.name = 'alarms';
    expect([names(), model.hidden]).toEqual([['alarms/interval'], 0]);
  });

  test('are shown where one is led to', async () => {
    await listing(made, activations[2]!);
    model.reveal(made.id);
    expect(names()).toContain('alarms/interval');
  });

  test('are no activations of anybody', async () => {
    const node = await listing(made);
    expect(node.textContent).toContain('No activations yet.');
    expect(node.textContent).toContain('Show');
  });
});

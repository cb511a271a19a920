import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ISession } from '../api/session';
import { FaasManager } from '../manager';
import { settle } from '../testing/kernel';
import { sample } from '../testing/samples';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import { assetCreated, named, SESSION_ID, step } from '../testing/sessions';
import { graphOf } from '../flow/graph';
import { layoutsOf } from '../flow/layout';
import type { IFunctionNotebooks } from '../tokens';
import { SessionBody } from './body';
import { SessionModel } from './model';
import type { ISessionActions } from './places';

const EVIL = '<img src=x onerror="alert(1)">';

let session: ISession;
let input: unknown;
let refused: boolean;
let manager: FaasManager;
let body: SessionBody;
let actions: { [name in keyof ISessionActions]: jest.Mock };

function answer({ path }: IRequest): Answer {
  if (path.endsWith('/input')) {
    return [200, { input }];
  }
  if (path.startsWith('sessions/')) {
    return refused ? [404, refusal('activation_not_found', 'No such activation.')] : [200, session];
  }
  return [200, sample(path)];
}

async function draw(): Promise<HTMLElement> {
  const server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
  const model = new SessionModel({ id: SESSION_ID, manager });
  const notebooks = { all: [], current: null, currentChanged: new Signal({}) };
  body = new SessionBody({
    model,
    manager,
    notebooks: notebooks as unknown as IFunctionNotebooks,
    actions
  });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  return body.node;
}

async function choose(tab: string): Promise<HTMLElement> {
  await click(body.node.querySelector(`[data-tab="${tab}"]`));
  return body.node.querySelector<HTMLElement>('[role=tabpanel]')!;
}

async function click(target: Element | null | undefined): Promise<void> {
  await act(async () => {
    (target as HTMLElement).click();
    await settle();
  });
}

async function press(key: string): Promise<void> {
  await act(async () => {
    document.activeElement!.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    );
    await settle();
  });
}

function buttons(): string[] {
  const tools = body.node.querySelectorAll('.jp-FaasSession-toolbar button');
  return [...tools].map(one => one.textContent);
}

beforeEach(() => {
  session = assetCreated();
  input = null;
  refused = false;
  const nothing = () => jest.fn().mockReturnValue(null);
  actions = {
    open: jest.fn(),
    copy: jest.fn(),
    replay: jest.fn(),
    openCell: nothing(),
    history: nothing(),
    curl: nothing(),
    setMemory: nothing()
  };
});

afterEach(async () => {
  await act(async () => {
    body.dispose();
  });
  manager.dispose();
});

test('the head tells which run it is, how it went and what it cost', async () => {
  const node = await draw();
  const head = node.querySelector('header')!;
  expect(head.querySelector('h1')?.textContent).toBe('asset_createdSucceededCold start');
  expect(head.textContent).toContain('composition v4·6 calls, 1 retried·ended');
  expect(head.querySelector('.jp-FaasSession-figures')?.textContent).toBe(
    '50.88 s$3,184.45 per million calls'
  );
  await click(head.querySelector('[aria-label="Copy the activation id"]'));
  expect(actions.copy).toHaveBeenCalledWith(SESSION_ID, 'Copied the id');
});

test('what cannot be done is not there', async () => {
  await draw();
  expect(buttons()).toEqual([]);
});

test('what can be done is', async () => {
  input = { params: { x: 1 }, lacking: [] };
  const openCell = jest.fn();
  actions.openCell.mockReturnValue(openCell);
  actions.curl.mockReturnValue('curl …');
  actions.history.mockReturnValue(jest.fn());
  await draw();
  expect(actions.curl).toHaveBeenLastCalledWith(session, { x: 1 });
  expect(buttons()).toEqual(['Replay', 'Open cell', 'Copy as curl', 'Show history']);
  for (const button of body.node.querySelectorAll('.jp-FaasSession-toolbar button')) {
    await click(button);
  }
  expect(actions.replay).toHaveBeenCalledWith(session);
  expect(openCell).toHaveBeenCalledTimes(1);
  expect(actions.copy).toHaveBeenCalledWith('curl …', expect.stringContaining('key'));
});

test('an input that was redacted is not replayed from here', async () => {
  input = { params: { token: '…' }, lacking: ['token'] };
  await draw();
  expect(buttons()).toEqual([]);
  const panel = await choose('result');
  expect(panel.textContent).toContain('%faas replay asset_created token=…');
});

test('tabs are chosen by arrows, one of them is in the tab order', async () => {
  const node = await draw();
  const tabs = () => [...node.querySelectorAll<HTMLElement>('[role=tab]')];
  expect(tabs().map(tab => tab.textContent)).toEqual([
    'Result',
    'Logs',
    'Trace 6',
    'Flow',
    'Cost',
    'Annotations 5',
    'Raw'
  ]);
  expect(tabs().filter(tab => tab.tabIndex === 0)).toHaveLength(1);
  tabs()
    .find(tab => tab.tabIndex === 0)!
    .focus();
  const chosen = async (key: string) => {
    await press(key);
    expect(document.activeElement?.getAttribute('aria-selected')).toBe('true');
    return document.activeElement?.getAttribute('data-tab');
  };
  expect(await chosen('ArrowRight')).toBe('flow');
  expect(await chosen('End')).toBe('raw');
  expect(await chosen('ArrowRight')).toBe('result');
  expect(await chosen('ArrowLeft')).toBe('raw');
  expect(await chosen('Home')).toBe('result');
});

test('the trace is a table that the keyboard walks', async () => {
  const node = await draw();
  const rows = () => [...node.querySelectorAll<HTMLElement>('tbody tr')];
  expect(node.querySelector('tfoot')?.textContent).toBe('Total1.241 s46.88 s2.739 s$3,184.45');
  expect(rows()).toHaveLength(7);
  act(() => {
    rows()[0]!.focus();
  });
  await press('ArrowLeft');
  expect(rows()).toHaveLength(1);
  await press('ArrowRight');
  await press('ArrowDown');
  expect(document.activeElement).toBe(rows()[1]);
  await press('Enter');
  expect(actions.open).toHaveBeenCalledWith(named(session, 'fetch_asset').id);
  await click(rows()[4]);
  expect(rows()[4]!.getAttribute('aria-selected')).toBe('true');
  await click(node.querySelector('.jp-FaasTrace-steps'));
  expect(rows()).toHaveLength(14);
  await click([...node.querySelectorAll('.jp-FaasSegments button')][1]);
  expect(node.querySelector('.jp-FaasTrace-axis')?.textContent).toContain('100 ms');
});

test('the slider says what another memory size would cost, and sets it in the cell', async () => {
  const set = jest.fn();
  actions.setMemory.mockReturnValue(set);
  await draw();
  const panel = await choose('cost');
  expect(panel.querySelector('tfoot')?.textContent).toBe('Exact sum$3,184.45100.0%');
  const slider = panel.querySelector<HTMLElement>('[role=slider]')!;
  expect(slider.getAttribute('aria-valuetext')).toBe('3,891 MB');
  slider.focus();
  await press('ArrowLeft');
  expect(slider.getAttribute('aria-valuenow')).toBe('3840');
  await press('PageDown');
  await press('PageDown');
  expect(slider.getAttribute('aria-valuenow')).toBe('3072');
  const section = panel.querySelector('.jp-FaasWhatIf')!;
  expect(section.textContent).toContain('Per million calls$2,516.85Saves$667.60 (21.0%)');
  await click(section.querySelector('button'));
  expect(set).toHaveBeenCalledWith(3072);
  await press('End');
  expect(section.textContent).toContain('What if smart_body_crop had more memory?');
  expect(section.textContent).toContain('Costs more');
});

test('a call that was chosen in the trace is the one of what if', async () => {
  await draw();
  await click(body.node.querySelectorAll('tbody tr')[2]);
  const panel = await choose('cost');
  expect(panel.textContent).toContain('What if fetch_asset had less memory?');
  expect(panel.textContent).toContain('For all 2 runs of it.');
});

test('results, logs and annotations are text, whatever is in them', async () => {
  session.activation = {
    ...session.activation,
    result: { [EVIL]: EVIL },
    annotations: { [EVIL]: EVIL }
  };
  session.steps.push(step({ name: EVIL, at: 60_000, ms: 1, ok: false, error: EVIL }));
  session.logs = [{ time: EVIL, stream: 'stderr', text: EVIL, step: 'x' }];
  const node = await draw();
  for (const tab of ['result', 'logs', 'trace', 'cost', 'annotations', 'raw']) {
    const panel = await choose(tab);
    expect(panel.textContent).toContain('onerror');
    expect(node.querySelector('img')).toBeNull();
  }
});

test('of very long logs a thousand lines are drawn until the rest is asked for', async () => {
  const { id } = named(session, 'has_person');
  session.logs = Array.from({ length: 1500 }, (_, index) => ({
    time: `2026-11-24T17:41:43.${String(index).padStart(6, '0')}Z`,
    stream: index === 3 ? 'stderr' : 'stdout',
    text: `line ${index}`,
    step: id
  }));
  await draw();
  const panel = await choose('logs');
  const lines = () => panel.querySelectorAll('.jp-FaasLogTable tr');
  expect(lines()).toHaveLength(1000);
  expect(panel.querySelectorAll('.jp-mod-stderr')).toHaveLength(1);
  await click(
    [...panel.querySelectorAll('button')].find(one => one.textContent.startsWith('Show'))
  );
  expect(lines()).toHaveLength(1500);
});

async function drawn(panel: HTMLElement, path: string): Promise<Element> {
  await act(async () => {
    await layoutsOf(graphOf(session.graph!));
    await settle();
  });
  const found = panel.querySelector(`g[data-id="${CSS.escape(path)}:box"]`);
  if (!found) {
    throw new Error(`${path} is not among ${panel.innerHTML.match(/data-id="[^"]*"/g)?.join(' ')}`);
  }
  return found;
}

test('the flow shows the calls of the node that is chosen', async () => {
  await draw();
  const panel = await choose('flow');
  const fetch = await drawn(panel, '.body[0][0]');
  const calls = () =>
    [...panel.querySelectorAll('.jp-FaasCalls-line')].map(line => line.textContent);
  expect(calls()).toEqual([expect.stringMatching(/^smart_body_crop.*Init 46.88 s.*3,891 MB/)]);
  await act(async () => {
    fetch.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settle();
  });
  expect(calls()).toEqual([
    expect.stringMatching(/^fetch_asset1st try.*504 Gateway Timeout$/),
    expect.stringMatching(/^fetch_asset2nd try.*\$1.70 per million/)
  ]);
  await click(panel.querySelectorAll('.jp-FaasCalls-line button')[1]);
  expect(actions.open).toHaveBeenCalledWith(named(session, 'fetch_asset', 1).id);
  await act(async () => {
    (await drawn(panel, '.handler')).dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settle();
  });
  expect(panel.querySelector('.jp-FaasCalls')?.textContent).toBe('Not reached in this run.');
});

test('without its graph, the flow is a list of steps', async () => {
  session = { ...session, graph: null, graph_from: null };
  await draw();
  const panel = await choose('flow');
  expect(panel.textContent).toContain('The graph of this run was not kept');
  expect(panel.querySelectorAll('.jp-FaasCalls-line')).toHaveLength(6);
});

test('a plain sequence and a function have no flow', async () => {
  session = { ...session, kind: 'sequence', graph: null };
  const node = await draw();
  expect(node.querySelector('[data-tab="flow"]')).toBeNull();
});

test('the raw record is shown, or the whole session', async () => {
  await draw();
  const panel = await choose('raw');
  expect(panel.textContent).toContain('"type": "activation"');
  expect(panel.textContent).not.toContain('"graph_from"');
  await click([...panel.querySelectorAll('button')].find(one => one.textContent === 'Session'));
  expect(panel.textContent).toContain('"graph_from"');
});

test('of a plain function the trace is itself', async () => {
  const crop = named(session, 'smart_body_crop');
  session = { ...session, kind: 'function', name: crop.name, steps: [] };
  session.activation = { ...session.activation, ...crop, id: SESSION_ID, cause: null };
  const node = await draw();
  await choose('trace');
  expect(node.querySelectorAll('tbody tr')).toHaveLength(1);
  expect(node.querySelector('tfoot')).toBeNull();
  const panel = await choose('cost');
  expect(panel.textContent).toContain('smart_body_crop3,89149.09 s49.1 s$3,171.70');
});

test('an activation that is not there is told, and asked for again', async () => {
  refused = true;
  const node = await draw();
  expect(node.textContent).toContain('No such activation.');
  expect(node.querySelector('header')).toBeNull();
  refused = false;
  await click([...node.querySelectorAll('button')].find(one => one.textContent === 'Try again'));
  expect(node.querySelector('h1')?.textContent).toContain('asset_created');
});

test('a session without any step says so', async () => {
  session = { ...session, steps: [], elapsed_ms: 0, end: null, running: true };
  session.cost = { ...session.cost, per_million_usd: null, text: null };
  await draw();
  expect((await choose('cost')).textContent).toBe('Nothing has been charged yet.');
  expect((await choose('logs')).textContent).toBe('Nothing has been printed yet.');
  expect((await choose('result')).textContent).toContain('still running');
});

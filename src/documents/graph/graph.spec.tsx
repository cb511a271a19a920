import type { Cell } from '@jupyterlab/cells';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { IAstNode, IGraphAnswer } from '../../api/composition';
import { MIME_TYPE } from '../../api/payload';
import type { IDeployedFunction, IFunctionList, IStatus } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { action, code, sequence } from '../../testing/compositions';
import { settle } from '../../testing/kernel';
import { FakeNotebook } from '../../testing/notebook';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { GraphBody } from './body';
import { GraphModel } from './model';

const CELL = sequence(action('iris'), action('nowhere'), code('def f(p):\n    return p'));
const DEPLOYED = sequence(action('iris'));

let server: FakeServer;
let manager: FaasManager;
let notebook: FakeNotebook | null;
let currentChanged: Signal<object, void>;
let deployed: IDeployedFunction[];
let kept: Answer;
let model: GraphModel;
let body: GraphBody | null;
const startPlayground = jest.fn();

function answer({ path }: IRequest): Answer {
  switch (path) {
    case 'functions':
      return [200, { functions: deployed, as_of: 0 } satisfies IFunctionList];
    case 'functions/flow/graph':
      return kept;
    default:
      return [200, sample(path)];
  }
}

beforeEach(async () => {
  const [iris] = sample<IFunctionList>('functions').functions;
  deployed = [iris!, { ...iris!, name: 'flow', version: '0.0.3', composition: true }];
  kept = [200, { graph: DEPLOYED } satisfies IGraphAnswer];
  notebook = null;
  body = null;
  currentChanged = new Signal({});
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
});

afterEach(() => {
  act(() => body?.dispose());
  model.dispose();
  manager.dispose();
});

/** A notebook whose cell has a card with that graph. */
function notebookWith(graph: IAstNode): FakeNotebook {
  const made = new FakeNotebook('text', 'flow');
  const card = sample<Record<string, unknown>>('card_composition');
  const facts = card.composition as Record<string, unknown>;
  const data = {
    [MIME_TYPE]: { ...card, name: 'flow', composition: { ...facts, graph } }
  };
  const cell = {
    model: { id: 'cell', type: 'code', outputs: { length: 1, get: () => ({ data }) } }
  };
  (made.panel as { content: unknown }).content = { widgets: [cell as unknown as Cell] };
  return made;
}

async function open(graph: IAstNode | null = null): Promise<void> {
  const notebooks = {
    get current() {
      return notebook;
    },
    get all() {
      return notebook ? [notebook] : [];
    },
    currentChanged
  };
  model = new GraphModel({
    name: 'flow',
    manager,
    notebooks: notebooks as unknown as IFunctionNotebooks,
    graph
  });
  await settle();
}

async function draw(opener = jest.fn()): Promise<HTMLElement> {
  body = new GraphBody({ model, manager, actions: { opener, startPlayground } });
  await act(async () => {
    Widget.attach(body!, document.body);
    await settle();
    await import('@dagrejs/dagre');
  });
  return body.node;
}

function box(node: HTMLElement, path: string): SVGGElement {
  const found = node.querySelector<SVGGElement>(`g[data-path="${path}"]`);
  if (!found) {
    throw new Error(`No box at ${path} in ${node.innerHTML}`);
  }
  return found;
}

const told = (node: HTMLElement, path: string) => box(node, path).getAttribute('aria-label');

test('without a notebook the deployed graph is drawn', async () => {
  await open();
  const node = await draw();
  expect(node.textContent).toContain('This is the deployed graph.');
  expect(told(node, '[0]')).toBe('iris, action');
});

test('its toolbar is named as its header is', async () => {
  await open();
  const node = await draw();
  const [kicker] = node.querySelectorAll('.jp-FaasHeader-kicker');
  expect(kicker?.textContent).toBe('Composition graph');
  expect(node.querySelector('[aria-label="Composition graph actions"]')).not.toBeNull();
});

test('while the playground is stopped, the graph that is shown is not said to be away', async () => {
  await open();
  const status = sample<IStatus>('status');
  server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.target, state: 'stopped' } }]
      : answer(request);
  await manager.refresh();
  expect((await draw()).textContent).toContain('The last known graph is shown below.');
});

test("a cell's graph comes before the deployed one, and either can be looked at", async () => {
  notebook = notebookWith(CELL);
  await open();
  expect(model.side).toBe('cell');
  expect(model.differ).toBe(true);
  const node = await draw();
  expect(node.querySelectorAll('g[data-path]')).toHaveLength(3);
  const button = [...node.querySelectorAll('button')].find(
    one => one.textContent === 'Deployed v3'
  );
  await act(async () => button?.click());
  expect(node.querySelectorAll('g[data-path]')).toHaveLength(1);
});

test('the same graph in both is no choice', async () => {
  notebook = notebookWith(DEPLOYED);
  await open();
  const node = await draw();
  expect(node.textContent).not.toContain('Deployed v3');
  expect(model.differ).toBe(false);
});

test('a card that no server knows brings its graph along', async () => {
  deployed = [];
  await manager.refresh();
  await open(CELL);
  expect(model.graph).toBe(CELL);
  expect(server.log).not.toContain('GET functions/flow/graph');
});

test('a cell that ran again replaces what the card brought', async () => {
  await open(DEPLOYED);
  notebook = notebookWith(CELL);
  currentChanged.emit();
  expect(model.cell).toEqual(CELL);
});

test('the graph is asked for again when another version is deployed', async () => {
  await open();
  kept = [200, { graph: CELL } satisfies IGraphAnswer];
  deployed = deployed.map(one => ({ ...one, version: '0.0.4' }));
  await manager.refresh();
  await settle();
  expect(model.graph).toEqual(CELL);
});

test('what is not there is said, with what brings it', async () => {
  deployed = [];
  await manager.refresh();
  await open();
  expect((await draw()).textContent).toContain('Run its cell to see its graph.');
});

test('a plain function has no graph', async () => {
  kept = [200, { graph: null } satisfies IGraphAnswer];
  await open();
  expect((await draw()).textContent).toContain('flow has no graph');
});

test('a refusal is shown with its own words', async () => {
  kept = [502, refusal('unreachable', 'The host does not answer.')];
  await open();
  expect((await draw()).textContent).toContain('The host does not answer.');
});

test('what is missing on the target is said in its box', async () => {
  await open(CELL);
  const node = await draw();
  expect(told(node, '[1]')).toBe('nowhere, missing');
});

test('a box that is looked at says what it is, and an inline function its code', async () => {
  await open(CELL);
  const node = await draw();
  await act(async () => {
    box(node, '[2]').dispatchEvent(new MouseEvent('click', { bubbles: true }));
  });
  expect(node.querySelector('pre')?.textContent).toBe('def f(p):\n    return p');
  expect(node.textContent).toContain('root[2]');
});

test('Enter opens what a box stands for', async () => {
  const show = jest.fn();
  await open(CELL);
  const opener = jest.fn(() => ({ words: 'Show cell', open: show }));
  const node = await draw(opener);
  await act(async () => {
    box(node, '[0]').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  });
  expect(opener).toHaveBeenCalledWith('iris');
  expect(show).toHaveBeenCalledTimes(1);
});

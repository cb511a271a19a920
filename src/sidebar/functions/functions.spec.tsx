import React, { act } from 'react';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { IFunctionList, IKernelFunction, IStatus } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { FakeNotebook } from '../../testing/notebook';
import { render } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { FakeServer, type Answer, type IRequest } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { FunctionsBody, type IFunctionsActions } from './body';
import { FunctionsModel } from './model';
import { FunctionRow } from './row';

const status = sample<IStatus>('status');
const kernelEvent = sample<{ event: string; functions: IKernelFunction[] }>('kernel_functions');

function answer({ path }: IRequest): Answer {
  if (path === 'triggers') {
    return [200, { triggers: [], as_of: 1 }];
  }
  return [200, sample(path.replace(/^deployments$/, 'deployment'))];
}

function actions(): { [name in keyof IFunctionsActions]: jest.Mock } {
  return {
    deploy: jest.fn(),
    cancel: jest.fn(),
    dismiss: jest.fn(),
    openCell: jest.fn(),
    menu: jest.fn(),
    insertExample: jest.fn(),
    loadKernelHalf: jest.fn(),
    copy: jest.fn()
  };
}

let server: FakeServer;
let manager: FaasManager;
let notebook: FakeNotebook | null;
let model: FunctionsModel;

beforeEach(async () => {
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  notebook = new FakeNotebook(kernelEvent.functions[0]!.source_text);
  const notebooks = {
    get current() {
      return notebook;
    },
    currentChanged: new Signal({})
  };
  model = new FunctionsModel(manager, notebooks as unknown as IFunctionNotebooks);
  await manager.refresh();
});

afterEach(() => {
  manager.dispose();
});

async function packaged(): Promise<void> {
  notebook!.link.wanted = true;
  await settle();
  notebook!.session.comm.say(kernelEvent);
  notebook!.deployed = manager.functionNamed('iris');
}

async function draw(props = actions()): Promise<HTMLElement> {
  const body = new FunctionsBody({ model, actions: props, example: ['LOAD', 'EXAMPLE'] });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  return body.node;
}

test('functions of the notebook come first, the others under the name of the target', async () => {
  await packaged();
  const groups = model.groups.map(group => [group.title, group.rows.map(row => row.name)]);
  expect(groups).toEqual([
    ['In quickstart.ipynb', ['iris']],
    ['Only on Local playground', ['hello']]
  ]);
});

test('functions of other notebooks are listed below the name of their notebook', async () => {
  const { functions } = sample<IFunctionList>('functions');
  const from = (name: string, notebook: string | null) => ({ ...functions[1]!, name, notebook });
  const more = [from('b', null), from('price', 'churn.ipynb'), from('age', 'churn.ipynb')];
  server.answer = request =>
    request.path === 'functions'
      ? [200, { functions: [functions[0]!, ...more, from('x', 'a.ipynb')], as_of: 1 }]
      : answer(request);
  await manager.refresh();
  await packaged();
  const groups = model.groups.map(group => [group.title, group.rows.map(row => row.name)]);
  expect(groups).toEqual([
    ['In quickstart.ipynb', ['iris']],
    ['Deployed from a.ipynb', ['x']],
    ['Deployed from churn.ipynb', ['price', 'age']],
    ['Only on Local playground', ['b']]
  ]);
});

test('a memory that the target does not allow is said at the row, which does not offer Deploy', async () => {
  await packaged();
  notebook!.memoryMb = 5;
  const [row] = model.groups[0]!.rows;
  expect(row).toMatchObject({
    deploy: 'cell',
    failure: {
      message: 'The memory is 5 MB, but must be 128 to 4,096 MB.',
      hint: 'Set --memory 128 in the cell.'
    }
  });
});

test('functions of one name in two packages are two rows', async () => {
  const { functions } = sample<IFunctionList>('functions');
  const packed = { ...functions[0]!, name: 'models/iris', version: '0.0.7' };
  server.answer = request =>
    request.path === 'functions'
      ? [200, { functions: [...functions, packed], as_of: 1 }]
      : answer(request);
  await manager.refresh();
  await packaged();
  expect(model.groups[0]!.rows.map(row => row.label)).toEqual([
    'iris, deployed, version 2, 256 MB'
  ]);
  const [other] = model.groups[1]!.rows;
  expect(other!.label).toBe('models/iris, deployed, version 7, 256 MB');
  const { node } = render(
    <FunctionRow row={other!} active actions={actions()} onFocus={jest.fn()} />
  );
  expect(node.querySelector('.jp-FaasFunction-title')?.textContent).toBe('models/irisv7');
});

test('a row says its state, its version and its memory in one sentence', async () => {
  await packaged();
  const [row] = model.groups[0]!.rows;
  expect(row!.label).toBe('iris, deployed, version 2, 256 MB');
  expect(row!.deploy).toBe('again');
});

test('a composition says that it is one, and has its own shape', async () => {
  notebook = null;
  const { functions } = sample<IFunctionList>('functions');
  server.answer = request =>
    request.path === 'functions'
      ? [200, { functions: [{ ...functions[1]!, composition: true }], as_of: 1 }]
      : answer(request);
  await manager.refresh();
  const [row] = model.groups[0]!.rows;
  expect(row!.label).toBe('hello, deployed, version 1, composition');
  const draw = (composition: boolean) =>
    render(
      <FunctionRow row={{ ...row!, composition }} active actions={actions()} onFocus={jest.fn()} />
    ).node.querySelector('.jp-FaasFunction-icon path')!;
  expect(draw(true).getAttribute('d')).not.toBe(draw(false).getAttribute('d'));
});

test('a row tells what runs its function, and what is paused', async () => {
  server.answer = request =>
    request.path === 'triggers' ? [200, sample('triggers')] : answer(request);
  await manager.refresh();
  await packaged();
  const [iris] = model.groups[0]!.rows;
  expect(iris!.rules).toEqual([
    { words: 'Runs every 5 minutes (trigger every5)', active: true },
    { words: 'Runs when uploaded is fired', active: true }
  ]);
  expect(iris!.label).toBe(
    'iris, deployed, version 2, 256 MB, runs every 5 minutes (trigger every5), ' +
      'runs when uploaded is fired'
  );
  const [hello] = model.groups[1]!.rows;
  expect(hello!.rules[0]).toEqual({
    words: 'Paused: at 03:00 every day (Europe/Amsterdam) (trigger nightly)',
    active: false
  });
  const { node } = render(
    <FunctionRow row={iris!} active actions={actions()} onFocus={jest.fn()} />
  );
  const lines = [...node.querySelectorAll('.jp-FaasFunction-runs > *')];
  expect(lines.map(line => line.textContent)).toEqual(iris!.rules.map(one => one.words));
});

test('an edited cell is changed, and can be deployed', async () => {
  await packaged();
  notebook!.text += '\n';
  const [row] = model.groups[0]!.rows;
  expect(row!.badge.text).toBe('Changed since deploy');
  expect(row!.deploy).toBe('button');
});

test('a cell that was refused says why, and offers the cell instead of Deploy', () => {
  notebook!.failure = { message: 'CaptureError: lambdas cannot be packaged.', hint: 'Use def.' };
  const [row] = model.groups[0]!.rows;
  expect(row!.label).toBe('iris, not packaged, version 2');
  const props = actions();
  const { button, node } = render(
    <FunctionRow row={row!} active actions={props} onFocus={jest.fn()} />
  );
  expect(node.textContent).toContain('lambdas cannot be packaged.Use def.');
  button('Show the cell of iris').click();
  expect(props.openCell).toHaveBeenCalledWith('iris');
  const labels = [...node.querySelectorAll('button')].map(one => one.getAttribute('aria-label'));
  expect(labels).toEqual(['Show the cell of iris', 'More actions for iris']);
});

test('a function of another notebook has no Deploy', () => {
  expect(model.groups[1]!.rows[0]!.deploy).toBe('none');
});

test('while the target is lost, states are unknown and deploying waits', async () => {
  await packaged();
  server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.target, state: 'unreachable' } }]
      : answer(request);
  await manager.refresh();
  const row = model.groups[1]!.rows[0]!;
  expect(row.badge.text).toBe('Unknown');
  expect(model.groups[0]!.rows[0]!.blocked).toBe(
    'You can deploy when the target is available again'
  );
});

test('without the server half there are no rows', async () => {
  server.answer = () => [404, ''];
  await manager.refresh();
  expect(model.groups).toEqual([]);
});

test('the empty panel shows what a cell looks like, and inserts it', async () => {
  notebook = null;
  server.answer = request =>
    request.path === 'functions' ? [200, { functions: [], as_of: 0 }] : answer(request);
  await manager.refresh();
  const props = actions();
  const node = await draw(props);
  expect(node.textContent).toContain('Turn a cell into a function');
  expect([...node.querySelectorAll('pre')].map(one => one.textContent)).toEqual([
    'LOAD',
    'EXAMPLE'
  ]);
  const buttons = [...node.querySelectorAll('button')];
  expect(buttons.map(one => [one.textContent, one.classList.contains('jp-mod-primary')])).toEqual([
    ['New notebook with these cells', true]
  ]);
  buttons[0]!.click();
  expect(props.insertExample).toHaveBeenCalled();
});

test('a loaded kernel needs the example cell only', async () => {
  server.answer = request =>
    request.path === 'functions' ? [200, { functions: [], as_of: 0 }] : answer(request);
  await manager.refresh();
  await packaged();
  notebook!.deployed = null;
  Object.defineProperty(notebook, 'cells', { value: [] });
  const node = await draw();
  expect([...node.querySelectorAll('pre')].map(one => one.textContent)).toEqual(['EXAMPLE']);
  expect(node.querySelector('button')?.textContent).toBe('Insert this cell');
});

test.each([
  [true, `/opt/it/bin/python -m pip install -e '/home/ada/jupyter faas'`],
  [false, `uv pip install --python /opt/it/bin/python -e '/home/ada/jupyter faas'`]
])('a kernel that lacks the package is given the command (pip: %s)', async (pip, command) => {
  notebook!.session.python = { executable: "'/opt/it/bin/python'", pip, package: false };
  notebook!.link.wanted = true;
  await settle();
  notebook!.session.comm.refuse();
  await settle();
  const props = actions();
  const node = await draw(props);
  expect(node.textContent).toContain('not installed for this kernel');
  node.querySelector('button')!.click();
  expect(props.copy).toHaveBeenCalledWith(command);
});

test('a kernel that has not loaded the package is told so, with one button', async () => {
  notebook!.link.wanted = true;
  await settle();
  notebook!.session.comm.refuse();
  const props = actions();
  const node = await draw(props);
  expect(node.textContent).toContain('The kernel has not loaded jupyter_faas');
  expect(node.textContent).not.toContain('install');
  node.querySelector('button')!.click();
  expect(props.loadKernelHalf).toHaveBeenCalled();
});

test('while the target is out of reach, the filled button is that of its message', async () => {
  notebook!.link.wanted = true;
  await settle();
  notebook!.session.comm.refuse();
  server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.target, state: 'unreachable' } }]
      : answer(request);
  await manager.refresh();
  const node = await draw();
  expect(node.textContent).toContain('Run %load_ext jupyter_faas');
  expect(node.querySelector('.jp-mod-primary')).toBeNull();
});

test('the list is a tree that the keyboard walks', async () => {
  await packaged();
  const props = actions();
  const node = await draw(props);
  const press = async (key: string, more = {}) => {
    await act(async () => {
      document.activeElement!.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
      );
    });
  };
  const focused = () => document.activeElement?.getAttribute('aria-label');
  const rows = [...node.querySelectorAll<HTMLElement>('[role=treeitem]')];
  expect(rows.map(row => row.tabIndex)).toEqual([0, -1]);
  await act(async () => {
    rows[0]!.focus();
  });
  await press('ArrowDown');
  expect(focused()).toContain('hello');
  expect(rows.map(row => row.tabIndex)).toEqual([-1, 0]);
  await press('ArrowDown');
  expect(focused()).toContain('hello');
  await press('i');
  expect(focused()).toContain('iris');
  await press('Enter');
  expect(props.openCell).toHaveBeenCalledWith('iris');
  await press('F10', { shiftKey: true });
  expect(props.menu.mock.calls[0]![0]).toMatchObject({ name: 'iris' });
  await press('End');
  await press('Home');
  expect(focused()).toContain('iris');
});

test('the buttons of a row name their function', async () => {
  await packaged();
  const props = actions();
  const row = model.groups[0]!.rows[0]!;
  const failure = { message: 'Refused.', hint: 'Ask.' };
  const { button, click, update, node } = render(
    <FunctionRow row={row} active actions={props} onFocus={jest.fn()} />
  );
  await click(button('Deploy iris again'));
  expect(props.deploy).toHaveBeenCalledWith('iris');
  update(
    <FunctionRow row={{ ...row, deploy: 'cancel' }} active actions={props} onFocus={jest.fn()} />
  );
  await click(button('Cancel deploying iris'));
  expect(props.cancel).toHaveBeenCalledWith('iris');
  const failed = { ...row, deploy: 'retry' as const, failure };
  update(<FunctionRow row={failed} active actions={props} onFocus={jest.fn()} />);
  expect(node.textContent).toContain('Refused.Ask.');
  await click(button('Dismiss the failure of iris'));
  expect(props.dismiss).toHaveBeenCalledWith('iris');
});

import { Signal } from '@lumino/signaling';
import { UseSignal } from '@jupyterlab/ui-components';
import React, { act } from 'react';

import type { IDiff, IHistory } from '../../../api/history';
import type { IFunctionList, IKernelFunction } from '../../../api/types';
import { FaasManager } from '../../../state/manager';
import { settle } from '../../../testing/kernel';
import { FakeNotebook } from '../../../testing/notebook';
import { render } from '../../../testing/render';
import { sample } from '../../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../../testing/server';
import type { IFunctionNotebooks } from '../../../tokens';
import { History } from './body';
import { CELL, DEPLOYED, deployBefore, previousDeploy, HistoryModel, deployKey } from './model';

const kernelEvent = sample<{ event: string; functions: IKernelFunction[] }>('kernel_functions');

let history: IHistory;
let server: FakeServer;
let manager: FaasManager;
let notebook: FakeNotebook | null;
let carry: jest.Mock<Promise<void>, [unknown, string]>;
let model: HistoryModel;

function answer({ path }: IRequest): Answer {
  if (path.startsWith('history/')) {
    return [200, history];
  }
  return [200, sample(path.startsWith('differences/') ? 'diff' : path)];
}

function asked(): string[] {
  return (
    server.requests
      .filter(({ path }) => path.startsWith('differences/'))
      // JupyterLab adds the time to every GET, against caches.
      .map(({ query }) => query.toString().replace(/&\d+=$/, ''))
  );
}

async function open(): Promise<void> {
  const notebooks = {
    get current() {
      return notebook;
    },
    currentChanged: new Signal({}),
    uploadPackage: carry
  };
  model = new HistoryModel({
    name: 'iris',
    manager,
    notebooks: notebooks as unknown as IFunctionNotebooks
  });
  await settle();
}

async function draw(rollBack = jest.fn()): Promise<HTMLElement> {
  const { node } = render(
    <UseSignal signal={model.changed}>
      {() => <History model={model} manager={manager} onRollBack={rollBack} />}
    </UseSignal>
  );
  await act(settle);
  return node;
}

async function packaged(bundle?: string): Promise<void> {
  notebook = new FakeNotebook(kernelEvent.functions[0]!.source_text);
  notebook.link.wanted = true;
  await settle();
  const [one] = kernelEvent.functions;
  notebook.session.comm.say({
    ...kernelEvent,
    functions: [{ ...one!, bundle: bundle ?? one!.bundle }]
  });
  notebook.deployed = manager.functionNamed('iris');
}

beforeEach(async () => {
  history = sample<IHistory>('history');
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  notebook = null;
  carry = jest.fn().mockResolvedValue(undefined);
  await manager.refresh();
});

afterEach(() => {
  model.dispose();
  manager.dispose();
});

test('it shows what the last deploy changed', async () => {
  await open();
  expect(model.history).toMatchObject({ state: 'ready', value: { name: 'iris' } });
  expect(model.comparison).toEqual({ from: '0.0.2', to: DEPLOYED });
  expect(asked()).toEqual(['from=0.0.2&to=0.0.3']);
});

test('it shows what a deploy of the cell would change', async () => {
  await packaged('another');
  await open();
  expect(model.comparison).toEqual({ from: DEPLOYED, to: CELL });
  expect(asked()).toEqual([`package=${kernelEvent.functions[0]!.package}`]);
});

test('a package that the server lacks is carried there, then compared', async () => {
  await packaged('another');
  server.answer = request =>
    request.path.startsWith('differences/') && carry.mock.calls.length === 0
      ? [404, refusal('package_not_found')]
      : answer(request);
  await open();
  expect(carry).toHaveBeenCalledWith(notebook, kernelEvent.functions[0]!.package);
  await settle();
  expect(model.diff).toMatchObject({ state: 'ready' });
});

test('ends that were chosen stay when the target changes', async () => {
  await open();
  await model.compare({ from: '0.0.1', to: '0.0.2' });
  const { functions } = sample<IFunctionList>('functions');
  server.answer = request =>
    request.path === 'functions'
      ? [200, { functions: [{ ...functions[0]!, version: '0.0.4' }], as_of: 1 }]
      : answer(request);
  await manager.refreshFunctions();
  await settle();
  expect(server.log.filter(line => line === 'GET history/iris')).toHaveLength(2);
  expect(asked()).toEqual(['from=0.0.2&to=0.0.3', 'from=0.0.1&to=0.0.2', 'from=0.0.1&to=0.0.2']);
});

test('a refusal is shown with its own words, and the history stays', async () => {
  await open();
  const { value } = model.history;
  server.answer = () => [502, refusal('target_not_reachable', 'No answer.')];
  await model.refresh();
  expect(model.history).toMatchObject({ state: 'failed', message: 'No answer.', value });
  expect(model.diff).toMatchObject({ state: 'failed', message: 'No answer.' });
  const node = await draw();
  expect(node.textContent).toContain('No answer.');
  expect(node.querySelectorAll('tbody tr')).toHaveLength(3);
});

test('what a rollback restores is earlier than what the last rollback restored', () => {
  const [three, two, one] = history.deploys;
  // The third deploy restored the first.
  expect(deployBefore(two!, history.deploys)).toBe(one);
  expect(deployBefore(three!, history.deploys)).toBeUndefined();
});

test('a version that two packages had is named by its sha256', () => {
  const [three, two, one] = history.deploys;
  expect(deployKey(two!, history.deploys)).toBe('0.0.2');
  expect(previousDeploy(three!, history.deploys)).toBe(two);
  expect(previousDeploy(one!, history.deploys)).toBeUndefined();
  two!.version = '0.0.1';
  expect(deployKey(two!, history.deploys)).toBe(two!.bundle);
});

test('a row is looked at and brought back', async () => {
  await open();
  const rollBack = jest.fn();
  const node = await draw(rollBack);
  const rows = [...node.querySelectorAll<HTMLElement>('tbody tr')];
  expect(rows.map(row => row.textContent)).toEqual([
    expect.stringMatching(/^v3 back to v1.*anaquickstart\.ipynb0f1e2d3-dirty3f0c6c7b61\.3 kB$/),
    expect.stringMatching(/^v2champion.*Roll back to v2…$/),
    expect.stringMatching(/^v1.*Package not found$/)
  ]);
  await act(async () => {
    rows[1]!.querySelector<HTMLElement>('.jp-FaasHistory-version')!.click();
    await settle();
  });
  expect(model.comparison).toEqual({ from: '0.0.1', to: '0.0.2' });
  expect(rows[1]!.getAttribute('aria-current')).toBe('true');
  await act(async () => {
    rows[1]!.querySelector<HTMLElement>('.jp-FaasButton')!.click();
    await settle();
  });
  expect(rollBack).toHaveBeenCalledWith('0.0.2');
});

test('the page tells the four sides, and what somebody else did', async () => {
  history.deployed = { ...history.deployed!, ours: false };
  await packaged();
  notebook!.deployed = { ...notebook!.deployed!, elsewhere: true };
  await open();
  const node = await draw();
  const sides = [...node.querySelectorAll('.jp-FaasCard-row')].map(one => one.textContent);
  expect(sides).toEqual([
    'CellUnchanged since it last ran',
    'Last runPackaged 3f0c6c7b, deployed',
    'ValuesUnchanged since packaging',
    'TargetHas v2, not deployed from this machine'
  ]);
  expect(node.textContent).toContain('v3 was not deployed from this machine.');
});

test('two ends that are the same', async () => {
  const same: IDiff = { ...sample<IDiff>('diff'), same: true, parts: [] };
  server.answer = request =>
    request.path.startsWith('differences/') ? [200, same] : answer(request);
  await open();
  const node = await draw();
  expect(node.textContent).toContain('There are no differences.');
  const selects = [...node.querySelectorAll('select')];
  expect(selects.map(one => one.value)).toEqual(['0.0.2', DEPLOYED]);
});

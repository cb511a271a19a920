import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { MIME_TYPE, type IFunctionList, type IKernelFunction } from '../api/types';
import { FaasManager } from '../manager';
import { settle } from '../testing/kernel';
import { FakeNotebook } from '../testing/notebook';
import { sample } from '../testing/samples';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import type { ILiveFunction } from '../tokens';
import { Deployer } from './deployer';

const [packaged] = sample<{ functions: IKernelFunction[] }>('kernel_functions').functions;

/** A notebook with a composition that calls two of its functions, and the card of its cell. */
class Composed extends FakeNotebook {
  constructor() {
    super('text', 'flow');
    const card = sample<Record<string, unknown>>('card_composition');
    const actions = ['first', 'second', 'iris', 'nowhere', '/whisk.system/utils/echo'];
    const composition = {
      graph: { type: 'empty' },
      functions: 0,
      least_calls: 2,
      actions: actions.map(name => ({ name, paths: [''], state: 'unknown' }))
    };
    const data = { [MIME_TYPE]: { ...card, name: 'flow', composition } };
    const outputs = { length: 1, get: () => ({ data }) };
    const cell = { model: { id: 'flow', type: 'code', outputs } };
    (this.panel as { content: unknown }).content = { widgets: [cell as unknown as Cell] };
  }

  override get live(): readonly ILiveFunction[] {
    return ['flow', 'first', 'second'].map(name => ({
      name,
      cellId: name,
      text: 'text',
      memoryMb: null,
      composition: name === 'flow'
    }));
  }

  declare readonly panel: NotebookPanel;
}

let server: FakeServer;
let manager: FaasManager;
let deployer: Deployer;
let notebook: Composed;
let failed: jest.Mock<undefined, [string, string, string]>;
let answer: (request: IRequest) => Answer;

/** The iris of the sample is on the target already. */
function quiet({ path }: IRequest): Answer {
  return path === 'functions'
    ? [200, sample<IFunctionList>('functions')]
    : [200, path === 'status' || path === 'activations' ? sample(path) : {}];
}

beforeEach(async () => {
  answer = () => [200, sample('deployment')];
  server = new FakeServer(request =>
    request.path === 'deployments' ? answer(request) : quiet(request)
  );
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
  notebook = new Composed();
  failed = jest.fn();
  const told = { succeeded: jest.fn(), warned: jest.fn(), noted: jest.fn(), failed };
  const asked = { run: jest.fn(), askToWait: jest.fn(), askToOverwrite: jest.fn() };
  deployer = new Deployer({ manager, ...asked, ...told });
  notebook.link.wanted = true;
  await settle();
  notebook.session.comm.say({
    event: 'functions',
    functions: ['flow', 'first', 'second'].map(name => ({
      ...packaged,
      name,
      package: `package of ${name}`,
      source_text: 'text',
      cell_id: name,
      stale: []
    }))
  });
});

afterEach(() => {
  manager.dispose();
});

function sent(): string[] {
  return server.requests
    .filter(one => one.path === 'deployments')
    .map(one => (JSON.parse(one.body) as { package: string }).package);
}

test('what a composition calls and the target lacks is deployed before it', async () => {
  expect(await deployer.deploy(notebook, 'flow')).toBe(true);
  expect(sent()).toEqual(['package of first', 'package of second', 'package of flow']);
});

test('a composition is not deployed over a function that could not be', async () => {
  answer = ({ body }) =>
    body.includes('package of second') ? [413, refusal('too_large')] : [200, sample('deployment')];
  expect(await deployer.deploy(notebook, 'flow')).toBe(false);
  expect(sent()).toEqual(['package of first', 'package of second']);
  expect(failed).toHaveBeenLastCalledWith(
    'flow',
    'second was not deployed, and flow calls it, so flow was not either.',
    'Deploy second first.'
  );
});

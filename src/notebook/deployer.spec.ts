import type { IDeployment, IKernelFunction, IStatus } from '../api/types';
import { FaasManager } from '../state/manager';
import { settle } from '../testing/kernel';
import { FakeNotebook } from '../testing/notebook';
import { sample } from '../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import { Deployer } from './deployer';

const [packaged] = sample<{ functions: IKernelFunction[] }>('kernel_functions').functions;
const TEXT = packaged!.source_text;

function kernelSays(changes: Partial<IKernelFunction> = {}): unknown {
  return { event: 'functions', functions: [{ ...packaged, ...changes }] };
}

/** Everything but the deployments. */
function quiet({ path }: IRequest): Answer {
  switch (path) {
    case 'status':
      return [200, sample<IStatus>('status')];
    case 'functions':
      return [200, sample('functions')];
    case 'activations':
      return [200, sample('activations')];
    default:
      return [200, {}];
  }
}

let server: FakeServer;
let manager: FaasManager;
let deployer: Deployer;
let notebook: FakeNotebook;
let run: jest.Mock<Promise<boolean>, []>;
let askToWait: jest.Mock<Promise<boolean>, [string, AbortSignal]>;
let failed: jest.Mock<undefined, [string, string, string]>;
let succeeded: jest.Mock<undefined, [string]>;
let warned: jest.Mock<undefined, [string]>;
let noted: jest.Mock<undefined, [string]>;
let askToOverwrite: jest.Mock<Promise<boolean>, [string, string]>;

beforeEach(async () => {
  server = new FakeServer(request =>
    request.path === 'deployments' ? [200, sample('deployment')] : quiet(request)
  );
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  notebook = new FakeNotebook(TEXT);
  run = jest.fn();
  askToWait = jest.fn();
  failed = jest.fn();
  succeeded = jest.fn();
  warned = jest.fn();
  noted = jest.fn();
  askToOverwrite = jest.fn();
  const told = {
    onFailure: failed,
    onSuccess: succeeded,
    onWarning: warned,
    onUnchanged: noted
  };
  deployer = new Deployer({ manager, run, askToWait, askToOverwrite, ...told });
  notebook.link.wanted = true;
  await settle();
});

afterEach(() => {
  manager.dispose();
  jest.useRealTimers();
});

function posted(): string[] {
  return server.log.filter(line => !line.startsWith('GET'));
}

test('what the kernel packaged is deployed without running the cell again', async () => {
  notebook.session.comm.say(kernelSays());
  expect(await deployer.deploy(notebook, 'iris')).toBe(true);
  expect(run).not.toHaveBeenCalled();
  expect(server.requests[0]).toMatchObject({
    body: `{"package":"${packaged!.package}","force":false}`
  });
  expect(notebook.phases).toEqual(['packaging', 'sending', null]);
  expect(succeeded).toHaveBeenCalledWith('Deployed iris to Local playground as version 2.');
  expect(warned).not.toHaveBeenCalled();
});

test('what stays on the target of earlier deploys is said', async () => {
  notebook.session.comm.say(kernelSays());
  const warning = 'old/iris of the same cell stays.';
  server.answer = request =>
    request.path === 'deployments'
      ? [200, { ...sample<IDeployment>('deployment'), warning }]
      : quiet(request);
  await deployer.deploy(notebook, 'iris');
  expect(warned).toHaveBeenCalledWith(warning);
});

test('what is there already is not sent, and said', async () => {
  notebook.session.comm.say(kernelSays());
  server.answer = request =>
    request.path === 'deployments'
      ? [200, { ...sample<IDeployment>('deployment'), unchanged: true }]
      : quiet(request);
  expect(await deployer.deploy(notebook, 'iris')).toBe(true);
  expect(noted).toHaveBeenCalledWith('Nothing to deploy: v2 of iris already has this package.');
  expect(succeeded).not.toHaveBeenCalled();
});

test.each([true, false])('somebody else’s change is overwritten on a yes: %s', async yes => {
  notebook.session.comm.say(kernelSays());
  const forced = (body: string) => body.includes('"force":true');
  server.answer = request =>
    request.path === 'deployments'
      ? forced(request.body)
        ? [200, sample('deployment')]
        : [409, refusal('changed_elsewhere', 'Somebody else changed iris.')]
      : quiet(request);
  askToOverwrite.mockResolvedValue(yes);
  expect(await deployer.deploy(notebook, 'iris')).toBe(yes);
  expect(askToOverwrite).toHaveBeenCalledWith('iris', 'Somebody else changed iris.');
  expect(server.requests.filter(({ body }) => forced(body))).toHaveLength(yes ? 1 : 0);
  expect(notebook.phases.at(-1)).toBeNull();
  expect(failed).not.toHaveBeenCalled();
});

test.each<[string, () => void]>([
  ['was edited', () => (notebook.text = `${TEXT}\n# edited`)],
  ['has another model now', () => notebook.session.comm.say(kernelSays({ stale: ['model'] }))]
])('a cell that %s runs first', async (_, change) => {
  notebook.session.comm.say(kernelSays());
  change();
  run.mockImplementation(async () => {
    notebook.session.comm.say(kernelSays({ source_text: notebook.text, package: 'fresh' }));
    return true;
  });
  expect(await deployer.deploy(notebook, 'iris')).toBe(true);
  expect(server.requests[0]?.body).toBe('{"package":"fresh","force":false}');
  expect(notebook.phases).toEqual(['packaging', 'running', 'packaging', 'sending', null]);
});

test('a cell that never ran runs first, and its news may come late', async () => {
  run.mockImplementation(async () => {
    setTimeout(() => {
      notebook.session.comm.say(kernelSays());
    }, 5);
    return true;
  });
  expect(await deployer.deploy(notebook, 'iris')).toBe(true);
  expect(posted()).toEqual(['POST deployments']);
});

const card = { output_type: 'display_data', data: { 'application/vnd.jupyter-faas+json': {} } };
const error = { output_type: 'error', ename: 'NameError', evalue: "'model' is not defined" };

test('a cell that fails keeps its card, deploys nothing and says why', async () => {
  notebook.session.comm.say({ event: 'hello' });
  notebook.outputs = [card];
  run.mockImplementation(async () => {
    notebook.outputs = [error];
    return false;
  });
  expect(await deployer.deploy(notebook, 'iris')).toBe(false);
  expect(posted()).toEqual([]);
  expect(failed).toHaveBeenCalledWith(
    'iris',
    "The cell of iris failed, so nothing was deployed: NameError: 'model' is not defined",
    'Run the cell to see the whole error.'
  );
  expect(notebook.job('iris')?.phase).toBe('failed');
  expect(notebook.outputs).toEqual([card]);
  expect(notebook.session.executed).toEqual([]);
});

test('a cell that showed no card shows its error', async () => {
  notebook.session.comm.say({ event: 'hello' });
  run.mockImplementation(async () => {
    notebook.outputs = [error];
    return false;
  });
  await deployer.deploy(notebook, 'iris');
  expect(notebook.outputs).toEqual([error]);
  expect(notebook.job('iris')?.hint).toBe('See the error in the cell.');
});

test('the extension is loaded into a restarted kernel before the cell runs', async () => {
  notebook.session.comm.refuse();
  run.mockImplementation(async () => {
    expect(notebook.session.executed).toEqual(['%load_ext jupyter_faas']);
    notebook.session.comm.say(kernelSays());
    return true;
  });
  expect(await deployer.deploy(notebook, 'iris')).toBe(true);
  expect(notebook.session.comms).toHaveLength(2);
});

test('a restarted kernel that lacks the notebook’s variables is named as the cause', async () => {
  notebook.session.comm.refuse();
  notebook.outputs = [card];
  run.mockImplementation(async () => {
    notebook.outputs = [error];
    return false;
  });
  await deployer.deploy(notebook, 'iris');
  expect(notebook.outputs).toEqual([card]);
  expect(notebook.job('iris')?.hint).toContain(
    'Run the cells above the cell of iris, then deploy again'
  );
});

test('a kernel without the package does not run the cell', async () => {
  notebook.session.comm.refuse();
  notebook.session.reply = { status: 'error', ename: 'ModuleNotFoundError', evalue: 'No module' };
  expect(await deployer.deploy(notebook, 'iris')).toBe(false);
  expect(run).not.toHaveBeenCalled();
  expect(notebook.job('iris')).toMatchObject({
    message: 'The kernel cannot load jupyter_faas: ModuleNotFoundError: No module',
    hint: expect.stringContaining('Install jupyter_faas') as string
  });
});

test('without a kernel nothing runs', async () => {
  notebook.session.context.session.kernel = null;
  await deployer.deploy(notebook, 'iris');
  expect(run).not.toHaveBeenCalled();
  expect(notebook.job('iris')?.message).toContain('this notebook does not have a kernel');
});

test('a kernel that is busy for a moment only is waited for without a question', async () => {
  notebook.session.become('busy');
  run.mockImplementation(async () => {
    notebook.session.comm.say(kernelSays());
    return true;
  });
  const done = deployer.deploy(notebook, 'iris');
  await settle();
  expect(notebook.phases.at(-1)).toBe('waiting');
  notebook.session.become('idle');
  expect(await done).toBe(true);
  expect(askToWait).not.toHaveBeenCalled();
});

test('a cell that runs is waited for although the kernel says that it is idle', async () => {
  notebook.setExecutionState('running');
  run.mockImplementation(async () => {
    notebook.session.comm.say(kernelSays());
    return true;
  });
  const done = deployer.deploy(notebook, 'iris');
  await settle();
  expect(notebook.phases.at(-1)).toBe('waiting');
  expect(run).not.toHaveBeenCalled();
  notebook.setExecutionState('idle');
  expect(await done).toBe(true);
});

/** Until a kernel that is busy is no longer so for a moment only. */
async function aMoment(): Promise<void> {
  await settle();
  await jest.advanceTimersByTimeAsync(1000);
}

test('a busy kernel is waited for when the user wants that', async () => {
  jest.useFakeTimers();
  notebook.session.become('busy');
  askToWait.mockResolvedValue(true);
  run.mockImplementation(async () => {
    notebook.session.comm.say(kernelSays());
    return true;
  });
  const done = deployer.deploy(notebook, 'iris');
  await aMoment();
  expect(askToWait).toHaveBeenCalled();
  expect(run).not.toHaveBeenCalled();
  expect(notebook.phases.at(-1)).toBe('waiting');
  notebook.session.become('idle');
  expect(await done).toBe(true);
});

test('a kernel that becomes free answers the question whether to wait for it', async () => {
  jest.useFakeTimers();
  notebook.session.become('busy');
  let withdrawn: AbortSignal | undefined;
  askToWait.mockImplementation((_, signal) => {
    withdrawn = signal;
    return new Promise(() => undefined);
  });
  run.mockImplementation(async () => {
    notebook.session.comm.say(kernelSays());
    return true;
  });
  const done = deployer.deploy(notebook, 'iris');
  await aMoment();
  expect(withdrawn?.aborted).toBe(false);
  notebook.session.become('idle');
  expect(await done).toBe(true);
  expect(withdrawn?.aborted).toBe(true);
});

test.each([
  ['declined', false],
  ['cancelled while waiting', true]
])('a wait that is %s leaves the cell alone', async (_, wait) => {
  jest.useFakeTimers();
  notebook.session.become('busy');
  askToWait.mockResolvedValue(wait);
  const done = deployer.deploy(notebook, 'iris');
  await aMoment();
  expect(askToWait).toHaveBeenCalled();
  deployer.cancel(notebook, 'iris');
  expect(await done).toBe(false);
  expect(run).not.toHaveBeenCalled();
  expect(notebook.job('iris')).toBeNull();
  expect(failed).not.toHaveBeenCalled();
});

test.each(['package_not_found', 'bundle_not_found'])(
  'on %s the bundle is carried over, and deployed then',
  async code => {
    let carried = false;
    server.answer = request => {
      if (request.path === 'deployments') {
        return carried ? [200, sample('deployment')] : [404, refusal(code)];
      }
      carried ||= request.method === 'PUT' && request.path.startsWith('packages/');
      return quiet(request);
    };
    notebook.session.comm.say(kernelSays());
    const done = deployer.deploy(notebook, 'iris');
    while (!notebook.session.comm.ops.includes('bundle')) {
      await settle();
    }
    const bytes = new Uint8Array([80, 75, 3, 4]).buffer;
    notebook.session.comm.say(
      { event: 'bundle', package: sample('package'), sha256: packaged!.bundle },
      [bytes]
    );
    expect(await done).toBe(true);
    expect(posted()).toEqual([
      'POST deployments',
      `PUT bundles/${packaged!.bundle}`,
      'PUT packages/5a4b3c2d1e0f9a8b',
      'POST deployments'
    ]);
    expect(server.requests.find(one => one.path.startsWith('bundles'))?.body).toBe('<4 bytes>');
    expect(JSON.parse(server.requests.find(one => one.path.startsWith('packages'))!.body)).toEqual(
      sample('package')
    );
  }
);

test('a refusal of the target is shown with its own words', async () => {
  server.answer = request =>
    request.path === 'deployments'
      ? [409, refusal('action_conflict', 'Concurrent modification to resource detected')]
      : quiet(request);
  notebook.session.comm.say(kernelSays());
  expect(await deployer.deploy(notebook, 'iris')).toBe(false);
  expect(notebook.job('iris')).toMatchObject({
    phase: 'failed',
    message: 'Concurrent modification to resource detected'
  });
});

test('one deploy of a function at a time', async () => {
  notebook.session.comm.say(kernelSays());
  const first = deployer.deploy(notebook, 'iris');
  expect(await deployer.deploy(notebook, 'iris')).toBe(false);
  expect(await first).toBe(true);
  expect(posted()).toEqual(['POST deployments']);
});

function composed(): void {
  notebook.others = ['asset_created', 'inner', 'fresh'];
  const entry = (name: string, calls: string[] = []) => ({
    ...packaged,
    name,
    package: name,
    calls
  });
  notebook.session.comm.say({
    event: 'functions',
    functions: [
      entry('asset_created', ['iris', 'inner', '/whisk.system/utils/echo']),
      entry('inner', ['fresh']),
      entry('fresh')
    ]
  });
}

test('what a composition calls and the target lacks is deployed before it', async () => {
  await manager.refresh();
  composed();
  expect(await deployer.deploy(notebook, 'asset_created')).toBe(true);
  const sent = server.requests.filter(one => one.path === 'deployments');
  expect(sent.map(one => (JSON.parse(one.body) as { package: string }).package)).toEqual([
    'fresh',
    'inner',
    'asset_created'
  ]);
});

test('a composition is not deployed when what it calls was not', async () => {
  await manager.refresh();
  composed();
  server.answer = request =>
    request.path === 'deployments' ? [400, refusal('refused', 'Too large.')] : quiet(request);
  expect(await deployer.deploy(notebook, 'asset_created')).toBe(false);
  expect(posted()).toEqual(['POST deployments']);
  expect(notebook.job('asset_created')).toMatchObject({
    phase: 'failed',
    message: 'inner, which asset_created calls, was not deployed.',
    hint: 'Deploy inner, then deploy asset_created again.'
  });
});

import type { IActivationList, IFunctionList, IStatus } from '../api/types';
import { sample } from '../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import { FaasManager } from './manager';

const status = sample<IStatus>('status');
const list = sample<IActivationList>('activations');

function answer({ method, path, body }: IRequest): Answer {
  switch (`${method} ${path}`) {
    case 'GET status':
      return [200, status];
    case 'PUT target': {
      const { name } = JSON.parse(body) as { name: string };
      const target = status.targets.find(one => one.name === name);
      return target ? [200, { ...status, target }] : [400, refusal('bad_input', 'No such target.')];
    }
    case 'GET functions':
      return [200, sample<IFunctionList>('functions')];
    case 'GET activations':
      return [200, list];
    default:
      return [404, refusal('no_such_route')];
  }
}

let manager: FaasManager;
let server: FakeServer;

beforeEach(() => {
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
});

afterEach(() => {
  manager.dispose();
});

test('nothing is asked before somebody looks', () => {
  expect(manager.condition.kind).toBe('loading');
  expect(server.requests).toHaveLength(0);
});

test('a refresh learns the target, its functions and its activations', async () => {
  await manager.refresh();
  expect(manager.isUpToDate).toBe(true);
  expect(manager.target?.label).toBe('Local playground');
  expect(manager.functionNamed('iris')?.version).toBe('0.0.2');
  expect(manager.activations).toHaveLength(3);
});

test('what is ensured is asked for once', async () => {
  manager.refreshOnce();
  manager.refreshOnce();
  await manager.refresh();
  expect(server.log.filter(line => line === 'GET status')).toHaveLength(2);
});

test.each<[string, Answer, string]>([
  ['no server half', [404, ''], 'no-server-half'],
  ['no server', 'down', 'server-down'],
  ['a broken server', [500, refusal('internal_error')], 'failed']
])('with %s the condition is %s', async (_, broken, kind) => {
  server.answer = () => broken;
  await manager.refresh();
  expect(manager.condition.kind).toBe(kind);
  expect(manager.isUpToDate).toBe(false);
});

test.each([
  ['stopped', 'stopped'],
  ['unreachable', 'unreachable'],
  ['unauthorized', 'unauthorized'],
  ['unknown', 'ready']
])('a target that is %s makes the condition %s', async (state, kind) => {
  server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.target, state } }]
      : answer(request);
  await manager.refresh();
  expect(manager.condition.kind).toBe(kind);
});

test('a playground is starting until it has answered', async () => {
  let state = 'stopped';
  server.answer = request => {
    if (request.path === 'playground') {
      state = 'running';
    }
    const { path } = request;
    return path === 'status' || path === 'playground'
      ? [200, { ...status, target: { ...status.target, state } }]
      : answer(request);
  };
  await manager.refresh();
  const seen: string[] = [];
  manager.changed.connect(() => seen.push(manager.condition.kind));
  await manager.startPlayground();
  expect([seen[0], seen.at(-1)]).toEqual(['starting', 'ready']);
});

test('a playground that does not start is stopped again', async () => {
  server.answer = request =>
    request.path === 'playground'
      ? [500, refusal('playground_failed')]
      : [200, { ...status, target: { ...status.target, state: 'stopped' } }];
  await expect(manager.startPlayground()).rejects.toThrow();
  expect(manager.condition.kind).toBe('stopped');
});

test('the last known lists stay when the target is lost, and are no longer known', async () => {
  await manager.refresh();
  server.answer = request =>
    request.path === 'functions' ? [502, refusal('target_not_reachable')] : answer(request);
  await manager.refreshFunctions();
  expect(manager.condition.kind).toBe('unreachable');
  expect(manager.isUpToDate).toBe(false);
  expect(manager.functions).toHaveLength(2);
  expect(manager.functionsAsOf).not.toBeNull();
});

test('the lists of another target are not mixed with those of this one', async () => {
  await manager.refresh();
  server.answer = request => (request.path === 'target' ? answer(request) : 'down');
  await manager.setDefaultTarget('wskprops');
  expect(manager.functions).toHaveLength(0);
  expect(manager.activations).toBeNull();
});

describe('when a notebook with a target of its own becomes current', () => {
  const lists: Record<string, IFunctionList> = {
    playground: sample<IFunctionList>('functions'),
    wskprops: { functions: [], as_of: 1 }
  };
  const targeted = ({ path, query }: IRequest): Answer => {
    const name = query.get('target') ?? 'playground';
    const target = status.targets.find(one => one.name === name);
    return path === 'status'
      ? [200, { ...status, target }]
      : path === 'functions'
        ? [200, lists[name]]
        : path === 'activations'
          ? [200, { activations: [], as_of: 1 }]
          : [404, refusal('no_such_route')];
  };

  beforeEach(async () => {
    server.answer = targeted;
    await manager.refresh();
    manager.follow('wskprops');
  });

  test('all requests are about its target, and nothing of the other is shown', async () => {
    expect(manager.target?.name).toBe('wskprops');
    expect(manager.functions).toHaveLength(0);
    server.requests.length = 0;
    await manager.refresh();
    expect(new Set(server.requests.map(one => one.query.get('target')))).toEqual(
      new Set(['wskprops'])
    );
    manager.follow(null);
    await manager.refresh();
    expect(manager.target?.name).toBe('playground');
    expect(server.requests[server.requests.length - 1]?.query.get('target')).toBeNull();
  });

  test('an answer about the other target that comes late is dropped', async () => {
    manager.follow(null);
    const late = manager.refreshFunctions();
    manager.follow('wskprops');
    await late;
    expect(manager.functions).toHaveLength(0);
    expect(manager.functionsAsOf).toBeNull();
  });

  test('the functions of the other notebook are still known beside it', async () => {
    await manager.refresh();
    expect(manager.functionsOn(null)?.[0]?.name).toBe('iris');
    expect(manager.functionsOn('wskprops')).toEqual([]);
    expect(manager.functionsOn('elsewhere')).toBeNull();
  });
});

test('a deploy goes to the target that it was begun for', async () => {
  server.answer = request =>
    request.path === 'deployments' ? [200, sample('deployment')] : answer(request);
  await manager.refresh();
  await manager.deploy('5a4b', 'wskprops', false, new AbortController().signal);
  const sent = server.requests.find(one => one.path === 'deployments');
  expect(sent?.query.get('target')).toBe('wskprops');
});

test('a preferred target is taken with the first status, and only then', async () => {
  const preferred = manager.preferTarget('wskprops');
  expect(server.requests).toHaveLength(0);
  await manager.refresh();
  await preferred;
  expect(manager.target?.name).toBe('wskprops');
});

test('a preferred target that does not exist is said, and the present one stays', async () => {
  const preferred = manager.preferTarget('nowhere');
  const refused = expect(preferred).rejects.toThrow('No such target.');
  await manager.refresh();
  await refused;
  expect(manager.target?.name).toBe('playground');
  expect(manager.condition.kind).toBe('ready');
});

test('new activations are told apart from the first list', async () => {
  const added: string[][] = [];
  manager.activationsAdded.connect((_, some) => added.push(some.map(one => one.id)));
  await manager.refresh();
  expect(added).toEqual([]);
  const fresh = { ...list.activations[0]!, id: 'fresh' };
  server.answer = request =>
    request.path === 'activations'
      ? [200, { ...list, activations: [fresh, ...list.activations] }]
      : answer(request);
  await manager.refreshActivations();
  await manager.refreshActivations();
  expect(added).toEqual([['fresh']]);
});

test('an unchanged list draws nothing anew', async () => {
  await manager.refresh();
  const changed = jest.fn();
  manager.changed.connect(changed);
  await manager.refreshActivations();
  expect(changed).not.toHaveBeenCalled();
});

test('the list is asked for again right after an invocation', async () => {
  await manager.refresh();
  server.requests.length = 0;
  server.answer = request =>
    request.path.endsWith('invocations') ? [200, sample('activation')] : answer(request);
  const activation = await manager.invoke('my function', { x: 1 });
  expect(activation.id).toBe('c41e09ab6f1e4f0d9e09ab6f1e1f0d22');
  expect(server.log).toEqual([
    'POST functions/my%20function/invocations',
    'GET activations',
    'GET activations'
  ]);
  expect(server.requests[0]?.body).toBe('{"params":{"x":1}}');
});

test('a function in a package is asked for by its path', async () => {
  server.answer = request =>
    request.path.startsWith('functions/') ? [200, sample('activation')] : answer(request);
  await manager.invoke('my models/iris', {});
  await manager.remove('my models/iris');
  expect(server.log).toContain('POST functions/my%20models/iris/invocations');
  expect(server.log).toContain('DELETE functions/my%20models/iris');
});

test('it polls while it is watched, and no longer', async () => {
  jest.useFakeTimers();
  try {
    const watch = manager.watch();
    await jest.advanceTimersByTimeAsync(3500);
    const asked = server.log.filter(line => line === 'GET activations').length;
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(server.log.filter(line => line === 'GET status')).toHaveLength(1);
    watch.dispose();
    server.requests.length = 0;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(server.requests).toHaveLength(0);
  } finally {
    jest.useRealTimers();
  }
});

test('a server that is gone is asked less and less often', async () => {
  jest.useFakeTimers();
  // The waits grow by a random factor.
  const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
  try {
    server.answer = () => 'down';
    const watch = manager.watch();
    await jest.advanceTimersByTimeAsync(60_000);
    watch.dispose();
    expect(server.requests.length).toBeLessThan(15);
  } finally {
    random.mockRestore();
    jest.useRealTimers();
  }
});

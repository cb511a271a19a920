import type { ISession } from '../../api/session';
import type { IActivation } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import { assetCreated } from '../../testing/sessions';
import { SessionModel } from './model';

let session: ISession;
let server: FakeServer;
let manager: FaasManager;
let model: SessionModel;

function answer({ path }: IRequest): Answer {
  if (path.endsWith('/input')) {
    return [200, { input: null }];
  }
  return path.startsWith('activations/')
    ? [200, sample<IActivation>('activation')]
    : [200, session];
}

function asked(): number {
  return server.log.filter(line => line === `GET sessions/${session.id}`).length;
}

async function after(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  await settle();
}

beforeEach(() => {
  jest.useFakeTimers();
  session = assetCreated();
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
});

afterEach(() => {
  model.dispose();
  manager.dispose();
  jest.useRealTimers();
});

async function open(): Promise<void> {
  model = new SessionModel({ id: session.id, manager });
  await settle();
  model.visible = true;
  await settle();
}

test('a session that ended is asked for once', async () => {
  await open();
  expect(model.session?.name).toBe('asset_created');
  expect(model.tab).toBe('trace');
  await after(60_000);
  expect(asked()).toBe(1);
});

test('one that runs is asked for until it ends', async () => {
  const ended = session;
  session = { ...session, running: true, end: null, steps: session.steps.slice(0, 3) };
  await open();
  await after(1000);
  expect(asked()).toBe(2);
  session = ended;
  await after(2000);
  expect(model.session?.running).toBe(false);
  const until = asked();
  await after(60_000);
  expect(asked()).toBe(until);
});

test('the pauses grow while nothing happens, and are short again when something does', async () => {
  session = { ...session, running: true, steps: [] };
  await open();
  for (let second = 0; second < 40; second += 1) {
    await after(1000);
  }
  const slow = asked();
  expect(slow).toBeLessThan(16);
  session = { ...session, steps: assetCreated().steps };
  await after(5000);
  const before = asked();
  await after(1000);
  expect(asked()).toBe(before + 1);
});

test('nobody asks while the document is hidden', async () => {
  session = { ...session, running: true };
  await open();
  model.visible = false;
  const before = asked();
  await after(30_000);
  expect(asked()).toBe(before);
  model.visible = true;
  await settle();
  await after(1000);
  expect(asked()).toBeGreaterThan(before);
});

test('a refusal is told, and what was known stays', async () => {
  session = { ...session, running: true };
  await open();
  server.answer = () => [502, refusal('target_not_reachable', 'No answer.')];
  await after(1000);
  expect(model.loading).toEqual({ state: 'failed', message: 'No answer.', hint: '' });
  expect(model.session?.name).toBe('asset_created');
  server.answer = answer;
  await model.refresh();
  expect(model.loading.state).toBe('ready');
});

test('the caller of a step is asked for by its name', async () => {
  session = { ...session, kind: 'function', steps: [] };
  session.activation = { ...session.activation, cause: 'c'.repeat(32) };
  await open();
  expect(model.caller).toBe('iris');
  expect(model.tab).toBe('result');
});

test('what was given is there where it is kept', async () => {
  server.answer = request =>
    request.path.endsWith('/input')
      ? [200, { input: { params: { x: 1 }, lacking: [] } }]
      : answer(request);
  await open();
  expect(model.input).toEqual({ params: { x: 1 }, lacking: [] });
});

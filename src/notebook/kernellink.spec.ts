import type { IKernelFunction } from '../api/types';
import { FakeSession, settle } from '../testing/kernel';
import { sample } from '../testing/sampledata';
import { KernelLink } from './kernellink';

const event = sample<{ event: string; functions: IKernelFunction[] }>('kernel_functions');
const hello = {
  event: 'hello',
  version: '0.1.0',
  data_dir_id: 'x',
  target: null,
  unrecorded: false
};
const forever = new AbortController().signal;

async function linked(session: FakeSession): Promise<KernelLink> {
  const link = new KernelLink(session.asContext);
  link.wanted = true;
  await settle();
  return link;
}

test('a notebook that has nothing to do with us opens no comm', async () => {
  const session = new FakeSession();
  const link = new KernelLink(session.asContext);
  session.become('idle');
  await settle();
  expect(session.comms).toHaveLength(0);
  expect(link.state).toBe('idle');
});

test('a wanted link says hello and asks for the functions', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  expect(session.comm.ops).toEqual(['open', 'hello', 'functions']);
  expect(link.state).toBe('connecting');
  session.comm.say(hello);
  session.comm.say(event);
  expect(link.state).toBe('connected');
  expect(link.functions[0]?.name).toBe('iris');
});

test('a number that the browser would have rounded is the one of the kernel', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const [one] = event.functions;
  const functions = JSON.stringify([one]).replace(
    '"example":',
    '"example":{"id":9007199254740993},"was":'
  );
  session.comm.say({ event: 'functions', exact: { functions } });
  expect(JSON.stringify(link.functions[0]?.example)).toBe('{"id":9007199254740993}');
});

test('comm messages wait for the cell that runs', async () => {
  const session = new FakeSession();
  await linked(session);
  expect(session.comm.commsOverSubshells).toBe('disabled');
});

test('a kernel of another language is left alone', async () => {
  const session = new FakeSession('R');
  const link = await linked(session);
  expect(link.state).toBe('none');
  expect(session.comm.sent).toHaveLength(0);
});

test('without a kernel there is no link', async () => {
  const session = new FakeSession();
  session.context.session.kernel = null;
  expect((await linked(session)).state).toBe('none');
});

test('a kernel without the package is tried again only when asked to', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  session.comm.refuse();
  expect(link.state).toBe('absent');
  session.become('busy');
  session.become('idle');
  await settle();
  expect(session.comms).toHaveLength(1);
  link.retry();
  await settle();
  expect(session.comms).toHaveLength(2);
  session.comm.say(hello);
  expect(link.state).toBe('connected');
});

test('a kernel whose word was lost is asked again once it has nothing to do', async () => {
  jest.useFakeTimers();
  try {
    const session = new FakeSession();
    const link = await linked(session);
    session.become('busy');
    await jest.advanceTimersByTimeAsync(3000);
    expect(session.comms).toHaveLength(1);
    session.become('idle');
    await jest.advanceTimersByTimeAsync(3000);
    expect(session.comms).toHaveLength(2);
    expect(session.comms[0]?.isDisposed).toBe(true);
    expect(session.comm.ops).toEqual(['open', 'hello', 'functions']);
    session.comm.refuse();
    expect(link.state).toBe('absent');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(session.comms).toHaveLength(2);
  } finally {
    jest.useRealTimers();
  }
});

describe('the target of the notebook', () => {
  const targets = (session: FakeSession) =>
    session.comm.sent.filter(one => one.op === 'target').map(one => one.name);

  test('is told to the kernel when it answers, and when it changes', async () => {
    const session = new FakeSession();
    const link = await linked(session);
    link.target = 'fra';
    expect(targets(session)).toEqual([]);
    session.comm.say(hello);
    expect(targets(session)).toEqual(['fra']);
    link.target = 'fra';
    link.target = null;
    expect(targets(session)).toEqual(['fra', null]);
  });

  test('is not told to a kernel that has read it from the file', async () => {
    const session = new FakeSession();
    const link = await linked(session);
    link.target = 'fra';
    session.comm.say({ ...hello, target: 'fra' });
    expect(targets(session)).toEqual([]);
  });

  test('is recorded when a magic chose it, and not told back', async () => {
    const session = new FakeSession();
    const link = await linked(session);
    const chosen: (string | null)[] = [];
    link.targetChosen.connect((_, name) => {
      chosen.push(name);
      link.target = name;
    });
    session.comm.say(hello);
    session.comm.say({ event: 'target', name: 'nyc' });
    session.comm.say({ event: 'target', name: null });
    expect(chosen).toEqual(['nyc', null]);
    expect(targets(session)).toEqual([]);
  });

  test('is that of a magic which ran before anybody could record it', async () => {
    const session = new FakeSession();
    const link = await linked(session);
    const chosen: (string | null)[] = [];
    link.targetChosen.connect((_, name) => chosen.push(name));
    link.target = 'fra';
    session.comm.say({ ...hello, target: 'nyc', unrecorded: true });
    expect(chosen).toEqual(['nyc']);
    expect(targets(session)).toEqual([]);
  });
});

test('an open link is not opened twice', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  link.retry();
  link.retry();
  await settle();
  expect(session.comms).toHaveLength(1);
});

test('a restart forgets what the old process said, and connects anew', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  session.comm.say(event);
  session.become('restarting');
  expect(link.functions).toEqual([]);
  session.become('starting');
  session.become('idle');
  await settle();
  expect(session.comms).toHaveLength(2);
  expect(session.comms[0]?.isDisposed).toBe(true);
  session.comm.say(event);
  expect(link.state).toBe('connected');
});

test('what an old comm still says is not heard', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const old = session.comm;
  session.become('restarting');
  old.say(event);
  expect(link.functions).toEqual([]);
});

test('a bundle comes with its bytes', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const carried = link.bundle('5a4b3c2d1e0f9a8b', forever);
  expect(session.comm.sent.at(-1)).toEqual({ op: 'bundle', package: '5a4b3c2d1e0f9a8b' });
  const bytes = new Uint8Array([80, 75, 3, 4]);
  session.comm.say({ event: 'bundle', package: sample('package'), sha256: 's' }, [bytes.buffer]);
  expect(await carried).toEqual({ record: sample('package'), sha256: 's', bytes });
});

test('a bundle that the kernel refuses is refused with its words', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const carried = link.bundle('gone', forever);
  session.comm.say({
    event: 'error',
    op: 'bundle',
    error: { code: 'package_not_found', message: 'No such package.', hint: '' }
  });
  await expect(carried).rejects.toThrow('No such package.');
});

test('a bundle does not wait for a kernel that went away', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const carried = link.bundle('gone', forever);
  session.become('dead');
  await expect(carried).rejects.toThrow('not connected');
  await expect(link.bundle('gone', forever)).rejects.toThrow('not connected');
});

test('waiting for a function ends when the kernel tells of one that fits', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const found = link.waitFor(one => one.package === 'new', forever);
  session.comm.say(event);
  session.comm.say({ ...event, functions: [{ ...event.functions[0], package: 'new' }] });
  expect((await found).package).toBe('new');
});

test('waiting for a function ends when it is cancelled, or in the end', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const abort = new AbortController();
  const cancelled = link.waitFor(() => false, abort.signal);
  abort.abort(new Error('Cancelled.'));
  await expect(cancelled).rejects.toThrow('Cancelled.');
  await expect(link.waitFor(() => false, forever, 1)).rejects.toThrow('did not report');
});

test('forecasts and activations are passed on', async () => {
  const session = new FakeSession();
  const link = await linked(session);
  const heard: unknown[] = [];
  link.forecastMeasured.connect((_, { package: id }) => heard.push(id));
  link.activated.connect((_, id) => heard.push(id));
  session.comm.say({ event: 'forecast', package: 'p', forecast: sample('forecast') });
  session.comm.say({ event: 'activation', id: 'a' });
  expect(heard).toEqual(['p', 'a']);
});

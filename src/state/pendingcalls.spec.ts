import { FaasError } from '../api/errors';
import type { IActivation, IActivationSearch, IActivationSummary } from '../api/types';
import { settle } from '../testing/kernel';
import { sample } from '../testing/sampledata';
import { PendingCalls } from './pendingcalls';

const done = sample<IActivation>('activation');
const LIMIT_MS = 60_000;

let records: IActivationSummary[];

/** The calls of a page. A new object stands for a page that was reloaded. */
function page(): PendingCalls {
  return new PendingCalls({
    activation: async id => ({ ...done, id }),
    searchActivations: async () =>
      ({ activations: records, as_of: 0, searched_to: null }) satisfies IActivationSearch
  });
}

beforeEach(() => {
  sessionStorage.clear();
  records = [];
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function leavePageDuringCall(): void {
  void page().track('iris', 'lab', () => new Promise(() => undefined));
}

function run(id: string, start: number, end: number | null = start + 10): IActivationSummary {
  return { ...done, id, start, end };
}

test('a call with a reply leaves nothing to resume', async () => {
  const calls = page();
  await calls.track('iris', 'lab', async () => done);
  const refused = new FaasError(400, { code: 'bad', message: 'No.', hint: '' });
  await expect(calls.track('iris', 'lab', () => Promise.reject(refused))).rejects.toBe(refused);
  expect(calls.resume('iris', 'lab', LIMIT_MS)).toBeNull();
  expect(page().resume('iris', 'lab', LIMIT_MS)).toBeNull();
});

test('the run of a reloaded page is found when it has ended', async () => {
  leavePageDuringCall();
  const start = Date.now();
  const calls = page();
  expect(calls.resume('iris', 'other', LIMIT_MS)).toBeNull();
  records = [run('later', start + 500, null), run('ours', start, null), run('old', start - 9000)];
  const found = calls.resume('iris', 'lab', LIMIT_MS)!;
  expect(calls.resume('iris', 'lab', LIMIT_MS)).toBe(found);
  await settle();
  records = records.map(one => ({ ...one, end: one.start + 10 }));
  await jest.advanceTimersByTimeAsync(2000);
  expect((await found).id).toBe('ours');
  await settle();
  expect(page().resume('iris', 'lab', LIMIT_MS)).toBeNull();
});

test('a run without a record is declared lost', async () => {
  leavePageDuringCall();
  const found = page().resume('iris', 'lab', LIMIT_MS)!;
  const lost = expect(found).rejects.toThrow(/^The call at .* was lost/);
  await jest.advanceTimersByTimeAsync(LIMIT_MS + 62_000);
  await lost;
  expect(page().resume('iris', 'lab', LIMIT_MS)).toBeNull();
});

test('a call during which the server went away can be resumed', async () => {
  const down = new FaasError(0, { code: 'server_down', message: 'Down.', hint: '' });
  const calls = page();
  await expect(calls.track('iris', 'lab', () => Promise.reject(down))).rejects.toBe(down);
  records = [run('ours', Date.now())];
  expect((await calls.resume('iris', 'lab', LIMIT_MS))?.id).toBe('ours');
});

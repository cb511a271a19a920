import { sample } from '../testing/sampledata';
import { FakeServer, type Answer } from '../testing/server';
import { requestAPI } from './request';

function ask(answer: Answer, init: RequestInit = {}): Promise<unknown> {
  return requestAPI('status', init, new FakeServer(() => answer).settings);
}

test('an answer is its JSON', async () => {
  expect(await ask([200, sample('status')])).toEqual(sample('status'));
});

test('an empty answer is undefined', async () => {
  expect(await ask([204, ''])).toBeUndefined();
});

test.each<[string, Answer, string, string]>([
  ['our own words', [404, sample('error')], 'action_not_found', "There is no action 'iris'"],
  ['a server without our routes', [404, '<html>404</html>'], 'no_server_half', 'has not loaded'],
  ['its JSON for that', [404, { message: 'Not Found' }], 'no_server_half', 'has not loaded'],
  ['no answer', 'down', 'server_down', 'is not responding'],
  ['a proxy in between', [502, '<html/>'], 'no_words', 'responded with status 502 Words.']
])('%s', async (_, answer, code, words) => {
  const refused = await ask(answer).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code, message: expect.stringContaining(words) as string });
});

test('a request that was taken back is no lost server', async () => {
  const abort = new AbortController();
  abort.abort(new Error('Cancelled.'));
  await expect(ask('down', { signal: abort.signal })).rejects.toThrow('Cancelled.');
});

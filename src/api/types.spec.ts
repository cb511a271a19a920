import { sample } from '../testing/sampledata';
import { describeError, FaasError, type IErrorBody } from './errors';
import { readPayload } from './payload';

test.each([['card'], ['activation']])('%s.json is a payload that we draw', name => {
  const payload = sample(name);
  expect(readPayload(payload)).toBe(payload);
});

test.each([
  [{ type: 'activation', format: 2 }, '"activation", format 2'],
  [{ type: 'composition', format: 1 }, '"composition", format 1'],
  [undefined, 'null, format null'],
  ['text', 'null, format null']
])('%j is not, and we say what it is', (data, unknown) => {
  expect(readPayload(data)).toEqual({ unknown });
});

test('a refusal keeps the words of the server', () => {
  const { error } = sample<{ error: IErrorBody }>('error');
  expect(describeError(new FaasError(404, error))).toEqual({
    message: "There is no action 'iris' on Local playground.",
    hint: 'Deploy it first: %faas deploy iris'
  });
});

import { sample } from '../testing/sampledata';
import { isRawNumber, parseExactJson, restoreExactNumbers } from './numbers';

test.each([
  '9007199254740993',
  '-9223372036854775808',
  '18446744073709551615',
  '1000000000000000000000',
  '0.12345678901234567891',
  '1e400',
  '{"id":9007199254740993,"ids":[18446744073709551615,1]}'
])('%s is written as it was read', text => {
  expect(JSON.stringify(parseExactJson(text))).toBe(text);
});

test.each([
  ['9007199254740992', 2 ** 53],
  ['0.30000000000000004', 0.1 + 0.2],
  ['1.0', 1],
  ['-0.0', -0],
  ['1.50e-7', 1.5e-7],
  ['1e+16', 1e16],
  ['1e300', 1e300],
  ['"9007199254740993"', '9007199254740993'],
  ['{"id": 1, "text": "9007199254740993"}', { id: 1, text: '9007199254740993' }]
])('%s is what JavaScript makes of it', (text, value) => {
  expect(parseExactJson(text)).toEqual(value);
});

test('a browser that keeps no digits reads JSON all the same', () => {
  const json = JSON as unknown as { rawJSON?: unknown };
  const { rawJSON } = json;
  json.rawJSON = undefined;
  try {
    expect(parseExactJson('9007199254740993')).toBe(2 ** 53);
  } finally {
    json.rawJSON = rawJSON;
  }
});

test('what is no JSON is refused', () => {
  expect(() => parseExactJson('{"id": 9007199254740993')).toThrow(SyntaxError);
});

test('an object that looks raw is an object', () => {
  expect(isRawNumber({ rawJSON: '9007199254740993' })).toBe(false);
});

test('a saved notebook keeps the order of keys', () => {
  const sorted = { result: { alpha: 1, zulu: 2 }, exact: { result: '{"zulu": 2, "alpha": 1}' } };
  expect(JSON.stringify(restoreExactNumbers(sorted))).toBe('{"result":{"zulu":2,"alpha":1}}');
});

test('a message of a kernel is what the kernel meant', () => {
  const { message, sent } = sample<{ message: string; sent: object }>('exact');
  const read = restoreExactNumbers(sent) as { [key: string]: unknown };
  const meant = parseExactJson(message) as { [key: string]: unknown };
  expect(Object.keys(read).sort()).toEqual(Object.keys(meant).sort());
  for (const key of Object.keys(meant)) {
    expect(JSON.stringify(read[key])).toBe(JSON.stringify(meant[key]));
  }
});

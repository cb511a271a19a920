import { parseExactJson } from '../api/numbers';
import type { Json } from '../api/values';
import { jsonText, jsonTokens } from './json';

test('a short value stays on one line', () => {
  expect(jsonText({ species: 'setosa', confidence: 0.98 })).toBe(
    '{"species": "setosa", "confidence": 0.98}'
  );
});

test('a long value breaks, and its short parts do not', () => {
  const value = {
    crop: { x: 212, y: 84, width: 640, height: 960 },
    confidence: 0.973,
    output_url: 's3://assets/4711-crop.jpg'
  };
  expect(jsonText(value)).toBe(
    '{\n' +
      '  "crop": {"x": 212, "y": 84, "width": 640, "height": 960},\n' +
      '  "confidence": 0.973,\n' +
      '  "output_url": "s3://assets/4711-crop.jpg"\n' +
      '}'
  );
});

test.each([
  [null],
  [true],
  ['a "quoted" line\nand another'],
  [[]],
  [{}],
  [[1, [2, { a: [] }]]],
  [{ long: 'x'.repeat(100), list: Array.from({ length: 50 }, (_, index) => index) }]
])('the tokens of %j are JSON again', value => {
  expect(JSON.parse(jsonText(value))).toEqual(value);
});

test('a number that JavaScript cannot hold is a number of all its digits', () => {
  const value = parseExactJson('{"id": 9007199254740993}') as Json;
  expect(jsonTokens(value).filter(token => token.role === 'number')).toEqual([
    { role: 'number', text: '9007199254740993' }
  ]);
});

test('keys, strings, numbers and atoms are told apart', () => {
  const roles = jsonTokens({ a: ['s', 1, null] }).map(token => token.role);
  expect(roles.filter(role => role !== 'mark')).toEqual(['key', 'string', 'number', 'atom']);
});

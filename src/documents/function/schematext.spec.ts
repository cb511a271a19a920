import { parameterRows, parameterSentence, resultRows, resultSentence } from './schematext';

test('a parameter is required, optional, or has a default', () => {
  const schema = {
    type: 'object',
    properties: {
      unit: { type: 'string', default: '' },
      sizes: { type: 'array', items: { type: 'integer' } },
      wanted: { type: 'number' }
    },
    required: ['wanted']
  };
  expect(parameterRows(schema, [])).toEqual([
    { name: 'wanted', type: 'float', note: 'required' },
    { name: 'unit', type: 'str', note: 'default ""' },
    { name: 'sizes', type: 'list[int]', note: 'optional' }
  ]);
  expect(parameterSentence(schema)).toBe('');
});

test.each([
  [null, 'The parameters are not known, because the function was not deployed with jupyter_faas.'],
  [{ type: 'object' }, 'Any JSON object.'],
  [{ type: 'object', properties: {} }, 'No parameters.'],
  [{ properties: {}, additionalProperties: true }, 'Any JSON object.'],
  [
    { properties: { a: {} }, additionalProperties: { type: 'string' } },
    'Other parameters are also accepted.'
  ]
])('what it takes: %j', (schema, sentence) => {
  expect(parameterSentence(schema)).toBe(sentence);
});

test.each([
  [null, null, 'Not known.'],
  [{}, null, 'A JSON object. Its keys are not declared.'],
  [
    {},
    { additionalProperties: { anyOf: [{ type: 'number' }, { type: 'string' }] } },
    'A JSON object with values of the type float | str.'
  ]
])('what it answers: %j %j', (schema, result, sentence) => {
  expect(resultSentence(schema, result)).toBe(sentence);
});

test('keys that an answer may lack', () => {
  const result = { properties: { a: { type: 'integer' }, b: {} }, required: ['a'] };
  expect(resultRows(result)).toEqual([
    { name: 'a', type: 'int', note: '' },
    { name: 'b', type: 'Any', note: 'not always present' }
  ]);
  expect(resultRows(null)).toBeNull();
});

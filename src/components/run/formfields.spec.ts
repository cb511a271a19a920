import type { ISchema, Json } from '../../api/values';
import { sample } from '../../testing/sampledata';
import { formFields, parseJsonObject, parseTexts, fieldTexts } from './formfields';

const SCHEMA: ISchema = {
  type: 'object',
  properties: {
    width: { type: 'integer', default: 512 },
    text: { type: 'string' },
    score: { type: 'number' },
    flag: { type: 'boolean', default: false },
    way: { enum: ['up', 'down'], default: 'up' },
    points: { type: 'array', items: { type: 'number' }, default: [] },
    either: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null }
  },
  required: ['text', 'score']
};

const fields = formFields(SCHEMA) ?? [];

test('required parameters come first, in the order of the signature', () => {
  expect(fields.map(field => field.name).slice(0, 3)).toEqual(['text', 'score', 'width']);
});

test('types are said in the words of Python', () => {
  expect(Object.fromEntries(fields.map(field => [field.name, field.typeName]))).toEqual({
    text: 'str',
    score: 'float',
    width: 'int',
    flag: 'bool',
    way: 'choice',
    points: 'list[float]',
    either: 'int | None'
  });
});

test('texts become values of the right types, and empty ones keep their defaults', () => {
  const read = parseTexts(fields, {
    text: '12',
    score: '3',
    flag: 'true',
    way: '1',
    points: '[1]'
  });
  expect(read).toEqual({ params: { text: '12', score: 3, flag: true, way: 'down', points: [1] } });
});

test('an empty text is a text where one is required', () => {
  expect(parseTexts(fields, { score: '1' })).toEqual({ params: { text: '', score: 1 } });
});

test.each([
  ['score', '', 'needs a value'],
  ['score', 'abc', 'is not a float'],
  ['score', '"1"', 'is not a float'],
  ['score', 'NaN', 'is not a float'],
  ['width', '1.5', 'is not an int'],
  ['width', '1e30', 'is too large for this form; call the function from a notebook'],
  ['score', '1e400', 'is not a float'],
  ['flag', '1', 'is not a bool'],
  ['points', '[1', 'is not a list[float]']
])('%s = %p %s', (name, text, problem) => {
  expect(parseTexts(fields, { text: 'x', score: '1', [name]: text })).toEqual({
    problems: { [name]: problem }
  });
});

test.each(['9007199254740993', '-18446744073709551615', '9007199254740992'])(
  '%s reaches the function with all its digits, and stands so in the form again',
  text => {
    const read = parseTexts(fields, { text: 'x', score: '1', width: text });
    expect(JSON.stringify(read)).toBe(`{"params":{"text":"x","score":1,"width":${text}}}`);
    expect('params' in read && fieldTexts(fields, read.params)?.width).toBe(text);
  }
);

describe('a text without quotes, in the field of a parameter that accepts more than strings', () => {
  const [any, optional] =
    formFields({ properties: { any: {}, optional: { type: ['string', 'null'] } } }) ?? [];

  test.each([
    [any, 'basic', 'basic'],
    [any, '33', 33],
    [any, 'null', null],
    [any, '"33"', '33'],
    [any, '[1]', [1]],
    [optional, 'basic', 'basic'],
    [optional, '33', '33'],
    [optional, 'null', null],
    [optional, '"null"', 'null']
  ])('%j: %s', (field, text, value) => {
    const fields = field ? [field] : [];
    const name = fields[0]?.name ?? '';
    expect(parseTexts(fields, { [name]: text })).toEqual({ params: { [name]: value } });
    const again = fieldTexts(fields, { [name]: value }) ?? {};
    expect(parseTexts(fields, again)).toEqual({ params: { [name]: value } });
  });

  test('is not a string if it begins like JSON', () => {
    const fields = any ? [any] : [];
    expect(parseTexts(fields, { any: '[1' })).toEqual({ problems: { any: 'is not valid JSON' } });
  });
});

test('the text of an image is shown without quotes', () => {
  const fields = formFields({ properties: { photo: { format: 'image' } } }) ?? [];
  expect(fieldTexts(fields, { photo: 'https://host/a.png' })?.photo).toBe('https://host/a.png');
});

test('an image is a text, or the JSON of a reference with headers', () => {
  const image = { type: ['string', 'object'], format: 'image' };
  const properties = { photo: image, other: { anyOf: [image, { type: 'null' }] } };
  const fields = formFields({ properties, required: ['photo'] }) ?? [];
  expect(fields.map(field => field.typeName)).toEqual(['image', 'image | None']);
  const reference = '{"uri": "https://host/b.png", "headers": {"X-Key": "k"}}';
  expect(parseTexts(fields, { photo: 'https://host/a.png', other: reference })).toEqual({
    params: { photo: 'https://host/a.png', other: JSON.parse(reference) as Json }
  });
  expect(parseTexts(fields, { photo: '{"uri": ' })).toEqual({
    problems: { photo: 'is not an image' }
  });
});

test('without properties there are no fields', () => {
  expect(formFields(null)).toBeNull();
  expect(formFields({ type: 'object' })).toBeNull();
  expect(formFields({ type: 'object', properties: {} })).toEqual([]);
});

test.each([
  ['', { params: {} }],
  ['{"a": 1}', { params: { a: 1 } }],
  ['9007199254740993', { problem: 'The parameters must be a JSON object: {"name": value}.' }],
  ['[1]', { problem: 'The parameters must be a JSON object: {"name": value}.' }],
  ['{a: 1}', { problem: 'This is not valid JSON.' }]
])('parameters typed as %p', (text, read) => {
  expect(parseJsonObject(text)).toEqual(read);
});

test('what stands in the fields for given parameters reads back as them', () => {
  const params = {
    text: 'a "b"',
    score: 1.5,
    flag: true,
    way: 'down',
    points: [1, 2],
    either: null
  };
  const texts = fieldTexts(fields, params);
  expect(texts).toMatchObject({ text: 'a "b"', score: '1.5', way: '1' });
  expect(parseTexts(fields, texts ?? {})).toEqual({ params });
  expect(fieldTexts(fields, { more: 1 })).toBeNull();
});

test('parameters of every type say their type and how they are typed', () => {
  const typed = formFields(sample<ISchema>('typed_schema')) ?? [];
  const kinds = Object.fromEntries(
    typed.map(({ name, kind, typeName }) => [name, [kind, typeName]])
  );
  expect(kinds).toEqual({
    table: ['json', 'DataFrame'],
    array: ['json', 'ndarray'],
    series: ['json', 'Series'],
    moment: ['string', 'datetime'],
    day: ['string', 'date'],
    clock: ['string', 'time'],
    span: ['string', 'timedelta'],
    price: ['string', 'Decimal'],
    id: ['string', 'UUID'],
    unit: ['choice', 'choice'],
    colour: ['choice', 'choice'],
    box: ['json', 'Box'],
    place: ['json', 'Place'],
    order: ['json', 'Order'],
    boxes: ['json', 'list[Box]'],
    pair: ['json', 'tuple[int, str]'],
    tags: ['json', 'set[str]'],
    until: ['string', 'date | None'],
    shade: ['choice', 'choice'],
    size: ['number', 'float']
  });
});

test('fields of objects show an example, their default or their description', () => {
  const typed = formFields(sample<ISchema>('typed_schema')) ?? [];
  const field = (name: string) => typed.find(one => one.name === name);
  expect(field('table')).toMatchObject({
    placeholder: '[{"n": …, "name": …}, …]',
    description: 'the rows'
  });
  expect(field('until')?.placeholder).toBe('2026-01-31');
  expect(field('shade')?.placeholder).toBe('blue');
  expect(field('size')).toMatchObject({ placeholder: '1', description: 'in cm' });
});

test('dates and decimals are typed without quotes, and an empty one is not sent', () => {
  const typed = (formFields(sample<ISchema>('typed_schema')) ?? []).filter(field =>
    ['day', 'price', 'until', 'colour'].includes(field.name)
  );
  const texts = { day: '2026-01-31', price: '0.10', colour: '1' };
  const params = { day: '2026-01-31', price: '0.10', colour: 'blue' };
  expect(parseTexts(typed, texts)).toEqual({ params });
  expect(fieldTexts(typed, { ...params, until: null })).toEqual({ ...texts, until: '' });
  expect(parseTexts(typed, { ...texts, day: '' })).toEqual({ problems: { day: 'needs a value' } });
});

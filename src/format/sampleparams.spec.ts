import type { IFunctionList } from '../api/types';
import { sample } from '../testing/sampledata';
import { sampleQuery } from './sampleparams';

const [iris] = sample<IFunctionList>('functions').functions;

test('a sample query holds what a call needs, as text', () => {
  expect(sampleQuery(iris!.schema)).toBe(
    'sepal_length=0&sepal_width=0&petal_length=0&petal_width=0'
  );
  const properties = {
    'a b': { type: 'array' },
    on: { type: 'boolean' },
    word: { type: 'string' },
    more: { type: 'integer' }
  };
  expect(sampleQuery({ properties, required: ['a b', 'on', 'word'] })).toBe(
    'a%20b=%5B%5D&on=false&word='
  );
  expect(sampleQuery({ properties })).toBe('');
  expect(sampleQuery(null)).toBe('');
});

test('a sample of a date is a date', () => {
  const properties = { day: { type: 'string', format: 'date' } };
  expect(sampleQuery({ properties, required: ['day'] })).toBe('day=2026-01-31');
});

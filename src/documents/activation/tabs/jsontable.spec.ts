import { parseExactJson } from '../../../api/numbers';
import type { Json } from '../../../api/values';
import { jsonTable } from './jsontable';

test('keys are rows, those inside others with their path', () => {
  const result = { crop: { x: 212, y: 84 }, parts: ['head', 1], url: 's3://a', none: {}, no: null };
  expect(jsonTable(result)).toEqual({
    columns: ['Key', 'Value'],
    rows: [
      ['crop.x', '212'],
      ['crop.y', '84'],
      ['parts', '["head",1]'],
      ['url', 's3://a'],
      ['none', '{}'],
      ['no', 'null']
    ],
    more: 0
  });
});

test('numbers keep their digits', () => {
  const result = parseExactJson('{"id": 9007199254740993, "ids": [18446744073709551615]}') as Json;
  expect(jsonTable(result)?.rows).toEqual([
    ['id', '9007199254740993'],
    ['ids', '[18446744073709551615]']
  ]);
  const records = parseExactJson('{"rows": [{"id": 9007199254740993}]}') as Json;
  expect(jsonTable(records)?.rows).toEqual([['9007199254740993']]);
});

test('a list of records has their keys as columns', () => {
  expect(
    jsonTable({
      flowers: [
        { name: 'a', n: 1 },
        { name: 'b', ok: true }
      ]
    })
  ).toEqual({
    columns: ['name', 'n', 'ok'],
    rows: [
      ['a', '1', ''],
      ['b', '', 'true']
    ],
    more: 0
  });
});

test('a long one is cut, and tells how many rows it lacks', () => {
  const rows = Array.from({ length: 502 }, (_, n) => ({ n }));
  const table = jsonTable({ rows })!;
  expect([table.rows.length, table.more]).toEqual([500, 2]);
  expect(jsonTable({ text: 'x'.repeat(3000) })!.rows[0]![1]).toHaveLength(2001);
});

test.each([['words'], [1], [null], [[1, 2]], [{}]])('%j is no table', result => {
  expect(jsonTable(result)).toBeNull();
});

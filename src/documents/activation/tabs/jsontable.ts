/**
 * A JSON result as a table. An object whose only value is a list of objects, such as `{"rows":
 * […]}`, becomes a table of records. Any other object becomes a table of its keys. Pure functions.
 */

import { isObject, type Json, type JsonObject } from '../../../api/values';

/** The maximum number of displayed rows. The Copy button copies all rows. */
const MAX_ROWS = 500;
const MAX_VALUE_LENGTH = 2000;

export interface IJsonTable {
  columns: string[];
  rows: string[][];
  /** The number of rows that were left out. */
  more: number;
}

/** Return the table of a result, or null if the result is not an object or is empty. */
export function jsonTable(result: Json): IJsonTable | null {
  if (!isObject(result) || Object.keys(result).length === 0) {
    return null;
  }
  const [only, ...others] = Object.values(result);
  const records = others.length === 0 && only !== undefined ? asRecords(only) : null;
  return records ? recordsTable(records) : keysTable(result);
}

/** Return the value as records if it is a non-empty list of objects. Return null otherwise. */
function asRecords(value: Json): JsonObject[] | null {
  return Array.isArray(value) && value.length > 0 && value.every(isObject) ? value : null;
}

function recordsTable(records: JsonObject[]): IJsonTable {
  const columns = [...new Set(records.flatMap(one => Object.keys(one)))];
  return limitRows(
    columns,
    records.map(one => columns.map(name => cellText(one[name])))
  );
}

function keysTable(result: JsonObject): IJsonTable {
  return limitRows(
    ['Key', 'Value'],
    leaves(result, '').map(([key, value]) => [key, cellText(value)])
  );
}

/** Return the nested values by path: `crop.x` for `{"crop": {"x": 1}}`. */
function leaves(value: JsonObject, within: string): [string, Json][] {
  return Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
    const path = `${within}${key}`;
    return isObject(inner) && Object.keys(inner).length > 0
      ? leaves(inner, `${path}.`)
      : [[path, inner]];
  });
}

function limitRows(columns: string[], rows: string[][]): IJsonTable {
  return { columns, rows: rows.slice(0, MAX_ROWS), more: Math.max(0, rows.length - MAX_ROWS) };
}

/** Return the text of a cell, which is empty if the record does not have the key. */
function cellText(value: Json | undefined): string {
  if (value === undefined) {
    return '';
  }
  const all = typeof value === 'string' ? value : JSON.stringify(value);
  return all.length <= MAX_VALUE_LENGTH ? all : `${all.slice(0, MAX_VALUE_LENGTH)}…`;
}

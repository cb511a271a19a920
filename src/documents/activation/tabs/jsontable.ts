/** A JSON answer as a table: its rows where it is a list of records, else its keys. Pure. */

import { isObject, type Json, type JsonObject } from '../../../api/values';

/** Rows that a browser draws at once; Copy has the whole. */
const MOST_ROWS = 500;
const LONGEST_VALUE = 2000;

export interface IResultTable {
  columns: string[];
  rows: string[][];
  /** Rows that are not in it. */
  more: number;
}

/** Null where a table would tell no more than the JSON: of a text, a number, an empty answer. */
export function resultTable(result: Json): IResultTable | null {
  if (!isObject(result) || Object.keys(result).length === 0) {
    return null;
  }
  const [only, ...others] = Object.values(result);
  const records = others.length === 0 && only !== undefined ? recordsOf(only) : null;
  return records ? ofRecords(records) : ofKeys(result);
}

/** A list of objects, as `{"rows": […]}` has it. */
function recordsOf(value: Json): JsonObject[] | null {
  return Array.isArray(value) && value.length > 0 && value.every(isObject) ? value : null;
}

function ofRecords(records: JsonObject[]): IResultTable {
  const columns = [...new Set(records.flatMap(one => Object.keys(one)))];
  return shortened(
    columns,
    records.map(one => columns.map(name => words(one[name])))
  );
}

function ofKeys(result: JsonObject): IResultTable {
  return shortened(
    ['Key', 'Value'],
    leaves(result, '').map(([key, value]) => [key, words(value)])
  );
}

/** `crop.x` of `{"crop": {"x": 1}}`. */
function leaves(value: JsonObject, within: string): [string, Json][] {
  return Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
    const path = `${within}${key}`;
    return isObject(inner) && Object.keys(inner).length > 0
      ? leaves(inner, `${path}.`)
      : [[path, inner]];
  });
}

function shortened(columns: string[], rows: string[][]): IResultTable {
  return { columns, rows: rows.slice(0, MOST_ROWS), more: Math.max(0, rows.length - MOST_ROWS) };
}

/** Empty where a record lacks what others have. */
function words(value: Json | undefined): string {
  if (value === undefined) {
    return '';
  }
  const all = typeof value === 'string' ? value : JSON.stringify(value);
  return all.length <= LONGEST_VALUE ? all : `${all.slice(0, LONGEST_VALUE)}…`;
}

/** Python source text of JSON values. */

import { isObject, type Json, type JsonObject } from '../api/values';

/** Return a cell that assigns parameters and calls the function of the notebook with them. */
export function callText(name: string, params: JsonObject): string {
  const own = name.split('/').pop() ?? name;
  const lines = Object.entries(params).map(
    ([key, value]) => `    ${JSON.stringify(key)}: ${pythonText(value)},`
  );
  const given = lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n}`;
  return `params = ${given}\n${own}(**params)`;
}

/** Return a JSON value as a Python expression. */
export function pythonText(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(pythonText).join(', ')}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}: ${pythonText(one)}`).join(', ')}}`;
  }
  if (value === null) {
    return 'None';
  }
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
}

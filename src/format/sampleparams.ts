/**
 * Generates example parameters from a schema, for commands and URLs that the user completes. Pure
 * functions.
 */

import type { ISchema, Json, JsonObject } from '../api/values';

/** Examples of the formats that a string may have. */
export const FORMAT_EXAMPLES: { [format: string]: string } = {
  'date-time': '2026-01-31T12:30:00',
  date: '2026-01-31',
  time: '12:30:00',
  duration: 'PT1H30M'
};

/**
 * Return the required parameters as a URL query that the user edits, or an empty string if there are
 * none.
 */
export function sampleQuery(schema: ISchema | null): string {
  const required = new Set(schema?.required);
  return Object.entries(sampleParams(schema))
    .filter(([name]) => required.has(name))
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    .map(words => words.map(encodeURIComponent).join('='))
    .join('&');
}

/** Return example values of the types that the schema declares. */
export function sampleParams(schema: ISchema | null): JsonObject {
  const params: JsonObject = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    params[name] = sampleOf(property);
  }
  return params;
}

function sampleOf(schema: ISchema): Json {
  if (schema.default !== undefined) {
    return schema.default;
  }
  const [choice] = schema.enum ?? [];
  if (choice !== undefined) {
    return choice;
  }
  const example = FORMAT_EXAMPLES[schema.format ?? ''];
  if (example !== undefined) {
    return example;
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return 0;
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default: {
      const [option] = schema.anyOf ?? [];
      return option === undefined ? null : sampleOf(option);
    }
  }
}

/** Made-up parameters for commands and addresses that a person completes. Pure. */

import type { ISchema, Json, JsonObject } from '../api/values';

/** The parameters that a call needs, as a query to be edited; empty where it needs none. */
export function sampleQuery(schema: ISchema | null): string {
  const required = new Set(schema?.required);
  return Object.entries(sampleParams(schema))
    .filter(([name]) => required.has(name))
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    .map(words => words.map(encodeURIComponent).join('='))
    .join('&');
}

/** Parameters of the right types, to be replaced. */
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

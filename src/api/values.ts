/** JSON values, and the schema of some. */

import { isRaw, type IRawNumber } from './numbers';

export type Json = null | boolean | number | IRawNumber | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value);
}

/** The JSON schema of a function's parameters, as the capture writes it. */
export interface ISchema {
  type?: string | string[];
  properties?: { [name: string]: ISchema };
  required?: string[];
  items?: ISchema;
  enum?: Json[];
  anyOf?: ISchema[];
  default?: Json;
  /** `image` where a reference to a picture is meant. */
  format?: string;
  description?: string;
  additionalProperties?: boolean | ISchema;
}

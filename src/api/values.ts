/** JSON values and JSON schemas. */

import { isRawNumber, type IRawNumber } from './numbers';

export type Json = null | boolean | number | IRawNumber | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)
  );
}

/** The JSON schema of a function's parameters, as the kernel writes it. */
export interface ISchema {
  type?: string | string[];
  properties?: { [name: string]: ISchema };
  required?: string[];
  items?: ISchema;
  enum?: Json[];
  anyOf?: ISchema[];
  default?: Json;
  /** `image` if the value is a reference to an image. */
  format?: string;
  description?: string;
  additionalProperties?: boolean | ISchema;
}

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
  /** `image` if the value is a reference to an image, or a format of JSON Schema (`date-time`). */
  format?: string;
  title?: string;
  description?: string;
  prefixItems?: ISchema[];
  $ref?: string;
  /** The object that the function receives: `pandas.DataFrame`, `datetime.date`, `enum`, … */
  'x-faas-type'?: string;
  /** The class of the object, such as `Order` or `shop.orders:Order`. */
  'x-faas-class'?: string;
  additionalProperties?: boolean | ISchema;
}

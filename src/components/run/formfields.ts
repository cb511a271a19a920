/**
 * Derives form fields from a JSON schema and parses their texts. This code is separate from the
 * form because the page of a function lists the same fields.
 */

import { isRawNumber, parseExactJson } from '../../api/numbers';
import { isObject, type ISchema, type Json, type JsonObject } from '../../api/values';
import { FORMAT_EXAMPLES } from '../../format/sampleparams';

export type FieldKind = 'number' | 'integer' | 'string' | 'boolean' | 'choice' | 'image' | 'json';

export interface IField {
  name: string;
  kind: FieldKind;
  /** The Python type of the parameter, such as `float`. */
  typeName: string;
  required: boolean;
  /** The default value, which is shown as the placeholder, or else an example. */
  placeholder: string;
  description: string;
  choices: Json[];
  /** The JSON types that the parameter accepts. The list is empty if it accepts any value. */
  types: string[];
}

/** The texts of the fields by name. A missing field is empty. */
export type Texts = { [name: string]: string };

const PYTHON_TYPES: { [type: string]: string } = {
  number: 'float',
  integer: 'int',
  string: 'str',
  boolean: 'bool',
  array: 'list',
  object: 'dict',
  null: 'None'
};

const FRAME = 'pandas.DataFrame';

/**
 * Return the fields of a schema, or null if the schema declares none and the parameters must be
 * typed as JSON.
 */
export function formFields(schema: ISchema | null): IField[] | null {
  if (!schema?.properties) {
    return null;
  }
  const { properties } = schema;
  // Saving a notebook sorts object keys, but the list of required names keeps the order of the
  // function's signature.
  const required = new Set((schema.required ?? []).filter(name => name in properties));
  return [...new Set([...required, ...Object.keys(properties)])].map(name => {
    const property = properties[name] ?? {};
    return {
      name,
      kind: kindOf(property),
      typeName: pythonType(property),
      required: required.has(name),
      placeholder: placeholderOf(property),
      description: property.description ?? '',
      choices: optionOf(property).enum ?? [],
      types: jsonTypes(property)
    };
  });
}

/** Parse the texts into parameters. If fields are invalid, return the problem of each instead. */
export function parseTexts(
  fields: readonly IField[],
  texts: Texts
): { params: JsonObject } | { problems: Texts } {
  const params: JsonObject = {};
  const problems: Texts = {};
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    // An empty text is a value for a string, but not for a date or another object.
    if (text === '' && !(field.required && field.typeName === 'str')) {
      if (field.required) {
        problems[field.name] = 'needs a value';
      }
      continue;
    }
    const value = parseText(field, text);
    if (value === undefined) {
      problems[field.name] =
        field.types.length === 0 ? 'is not valid JSON' : `is not ${article(field.typeName)}`;
    } else if (field.kind === 'integer' && isRounded(value, text)) {
      // JavaScript would send the nearest float, so the result would be for a different number.
      problems[field.name] = 'is too large for this form; call the function from a notebook';
    } else {
      params[field.name] = value;
    }
  }
  return Object.keys(problems).length > 0 ? { problems } : { params };
}

/** Return the texts of the fields for these parameters, or null if a parameter has no field. */
export function fieldTexts(fields: readonly IField[], params: JsonObject): Texts | null {
  const texts: Texts = {};
  for (const [name, value] of Object.entries(params)) {
    const field = fields.find(one => one.name === name);
    if (field === undefined) {
      return null;
    }
    texts[name] = fieldText(field, value);
  }
  return texts;
}

function fieldText(field: IField, value: Json): string {
  if (value === null && field.kind !== 'json') {
    return '';
  }
  if (field.kind === 'choice') {
    const words = JSON.stringify(value);
    return String(field.choices.findIndex(choice => JSON.stringify(choice) === words));
  }
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  // An empty field is not sent, so an empty string needs its quotes.
  const isPlain = field.kind === 'string' || (value !== '' && parseText(field, value) === value);
  return isPlain ? value : JSON.stringify(value);
}

/** Parse parameters that were typed as JSON, or return the problem. */
export function parseJsonObject(text: string): { params: JsonObject } | { problem: string } {
  const value = parse(text.trim() === '' ? '{}' : text);
  if (value === undefined) {
    return { problem: 'This is not valid JSON.' };
  }
  return isObject(value)
    ? { params: value }
    : { problem: 'The parameters must be a JSON object: {"name": value}.' };
}

function parseText(field: IField, text: string): Json | undefined {
  switch (field.kind) {
    case 'string':
      return text;
    case 'choice':
      return field.choices[Number(text)];
    case 'image':
      return text.trim().startsWith('{') ? parse(text) : text;
    default: {
      const value = parse(text);
      if (field.kind === 'json') {
        return isPlainText(field.types, text, value) ? text : value;
      }
      if (field.kind === 'boolean') {
        return typeof value === 'boolean' ? value : undefined;
      }
      return fits(field.kind, value) ? value : undefined;
    }
  }
}

/**
 * Return whether a text without quotes stands for a string, as in `%faas invoke name=text`: it is not
 * JSON, or is JSON of a type that the parameter does not accept. A text that begins like a JSON
 * string, list or object was probably meant as JSON.
 */
function isPlainText(types: readonly string[], text: string, value: Json | undefined): boolean {
  if (/^\s*["[{]/.test(text) || !(types.length === 0 || types.includes('string'))) {
    return false;
  }
  return (
    value === undefined || (types.length > 0 && !typesOf(value).some(type => types.includes(type)))
  );
}

/** Return the JSON types of a value. An integer is a number, too. */
function typesOf(value: Json): string[] {
  if (value === null || Array.isArray(value)) {
    return [value === null ? 'null' : 'array'];
  }
  const isNumber = typeof value === 'number' || isRawNumber(value);
  return isNumber ? ['number', 'integer'] : [typeof value];
}

/**
 * Return whether digits were lost. This happens in older browsers and for numbers with an exponent.
 */
function isRounded(value: Json, text: string): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value) && String(value) !== text.trim();
}

function fits(kind: FieldKind, value: Json | undefined): boolean {
  if (isRawNumber(value)) {
    return kind === 'number'
      ? Number.isFinite(Number(value.rawJSON))
      : /^-?\d+$/.test(value.rawJSON);
  }
  return kind === 'number' ? Number.isFinite(value) : Number.isInteger(value);
}

function parse(text: string): Json | undefined {
  try {
    return parseExactJson(text) as Json;
  } catch {
    return undefined;
  }
}

function kindOf(schema: ISchema): FieldKind {
  if (isImage(schema)) {
    return 'image';
  }
  const option = optionOf(schema);
  if (option.enum) {
    return 'choice';
  }
  // These are strings with a format, or numbers. As strings, they need no quotes in the form.
  if (option['x-faas-type'] && [option.type].flat().includes('string')) {
    return 'string';
  }
  switch (option.type) {
    case 'number':
    case 'integer':
    case 'string':
    case 'boolean':
      return option.type;
    default:
      return 'json';
  }
}

/**
 * Return the schema of an optional value without null, which an empty field stands for. Strings are
 * an exception: without quotes, the text `null` would be ambiguous.
 */
function optionOf(schema: ISchema): ISchema {
  const options = (schema.anyOf ?? []).filter(option => option.type !== 'null');
  const [option] = options;
  return option && options.length === 1 && (option.enum || option['x-faas-type']) ? option : schema;
}

/** Return the JSON types that a schema accepts, or an empty list if it accepts any value. */
function jsonTypes(schema: ISchema): string[] {
  if (schema.$ref) {
    return ['object'];
  }
  if (schema.anyOf) {
    const types = schema.anyOf.map(jsonTypes);
    return types.some(each => each.length === 0) ? [] : types.flat();
  }
  return [schema.type ?? []].flat();
}

/** Return whether the schema describes an image, required or optional. */
function isImage(schema: ISchema): boolean {
  return schema.format === 'image' || (schema.anyOf ?? []).some(isImage);
}

/** Return the Python type of a schema, such as `list[float]`. */
export function pythonType(schema: ISchema): string {
  const name = schema['x-faas-class'] ?? schema.$ref?.replace('#/$defs/', '');
  if (schema.enum) {
    return 'choice';
  }
  if (name) {
    return name.slice(name.indexOf(':') + 1);
  }
  if (schema['x-faas-type']) {
    return objectType(schema, schema['x-faas-type']);
  }
  if (schema.format === 'image') {
    return 'image';
  }
  if (schema.anyOf) {
    return schema.anyOf.map(pythonType).join(' | ');
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const words = types.map(type => {
    const word = PYTHON_TYPES[type] ?? type;
    return type === 'array' && schema.items ? `${word}[${pythonType(schema.items)}]` : word;
  });
  return words.join(' | ') || 'Any';
}

/** Return the Python type of an object, such as `DataFrame` or `set[int]`. */
function objectType(schema: ISchema, kind: string): string {
  const parts = schema.prefixItems ?? (schema.items && kind !== FRAME ? [schema.items] : []);
  const name = kind.slice(kind.lastIndexOf('.') + 1);
  return parts.length > 0 ? `${name}[${parts.map(pythonType).join(', ')}]` : name;
}

function placeholderOf(schema: ISchema): string {
  const option = optionOf(schema);
  if (schema.default === undefined || (schema.default === null && option !== schema)) {
    return exampleOf(option);
  }
  return typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default);
}

/** Return an example of the text for an object, which people could not guess. */
function exampleOf(schema: ISchema): string {
  if (schema['x-faas-type'] === FRAME) {
    const columns = Object.keys(schema.items?.properties ?? { column: {} });
    return `[{${columns.map(name => `${JSON.stringify(name)}: …`).join(', ')}}, …]`;
  }
  if (schema['x-faas-type'] === 'numpy.ndarray') {
    return '[[1.5, 2.5], …]';
  }
  return FORMAT_EXAMPLES[schema.format ?? ''] ?? '';
}

function article(word: string): string {
  return `${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`;
}

/** Return a copy of the schema in which the preset parameters are optional. */
export function withPreset(schema: ISchema | null, preset: string[] = []): ISchema | null {
  const required = schema?.required?.filter(name => !preset.includes(name));
  return schema && { ...schema, required };
}

/** The parameters of a function as the fields of a form, and the texts in them as JSON. */

import { isRaw, readNumbers } from '../../api/numbers';
import { isObject, type ISchema, type Json, type JsonObject } from '../../api/values';

export type FieldKind = 'number' | 'integer' | 'string' | 'boolean' | 'choice' | 'image' | 'json';

export interface IField {
  name: string;
  kind: FieldKind;
  /** The type in Python's words: `float`. */
  word: string;
  required: boolean;
  /** The default as it would be typed, for a placeholder. */
  placeholder: string;
  choices: Json[];
}

/** Texts of the fields by name; a field that is not there is empty. */
export type Texts = { [name: string]: string };

const WORDS: { [type: string]: string } = {
  number: 'float',
  integer: 'int',
  string: 'str',
  boolean: 'bool',
  array: 'list',
  object: 'dict',
  null: 'None'
};

/** Null when there is nothing to make fields from: then the parameters are typed as JSON. */
export function fieldsOf(schema: ISchema | null): IField[] | null {
  if (!schema?.properties) {
    return null;
  }
  const { properties } = schema;
  // Saving a notebook sorts the keys of objects; the list of required names keeps the signature's order.
  const required = new Set((schema.required ?? []).filter(name => name in properties));
  return [...new Set([...required, ...Object.keys(properties)])].map(name => {
    const property = properties[name] ?? {};
    return {
      name,
      kind: kindOf(property),
      word: wordOf(property),
      required: required.has(name),
      placeholder: placeholderOf(property),
      choices: property.enum ?? []
    };
  });
}

/** The parameters that the texts stand for, or what is wrong with which field. */
export function readTexts(
  fields: readonly IField[],
  texts: Texts
): { params: JsonObject } | { problems: Texts } {
  const params: JsonObject = {};
  const problems: Texts = {};
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    if (text === '' && !(field.required && field.kind === 'string')) {
      if (field.required) {
        problems[field.name] = 'needs a value';
      }
      continue;
    }
    const value = readText(field, text);
    if (value === undefined) {
      problems[field.name] = `is not ${article(field.word)}`;
    } else if (field.kind === 'integer' && isRounded(value, text)) {
      // What is sent would be the nearest float, and the answer that of another number.
      problems[field.name] = 'is too large for this form; call it from a notebook';
    } else {
      params[field.name] = value;
    }
  }
  return Object.keys(problems).length > 0 ? { problems } : { params };
}

/** What to type for these parameters; null where not all of them have a field. */
export function textsOf(fields: readonly IField[], params: JsonObject): Texts | null {
  const texts: Texts = {};
  for (const [name, value] of Object.entries(params)) {
    const field = fields.find(one => one.name === name);
    if (field === undefined) {
      return null;
    }
    texts[name] = textOf(field, value);
  }
  return texts;
}

function textOf(field: IField, value: Json): string {
  if (field.kind === 'choice') {
    const words = JSON.stringify(value);
    return String(field.choices.findIndex(choice => JSON.stringify(choice) === words));
  }
  return field.kind === 'string' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** Parameters typed as JSON: an object, or what is wrong. */
export function readJson(text: string): { params: JsonObject } | { problem: string } {
  const value = parse(text.trim() === '' ? '{}' : text);
  if (value === undefined) {
    return { problem: 'This is not JSON.' };
  }
  return isObject(value)
    ? { params: value }
    : { problem: 'The parameters are a JSON object: {"name": value}.' };
}

function readText(field: IField, text: string): Json | undefined {
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
        return value;
      }
      if (field.kind === 'boolean') {
        return typeof value === 'boolean' ? value : undefined;
      }
      return fits(field.kind, value) ? value : undefined;
    }
  }
}

/** Of an older browser, or written with an exponent. */
function isRounded(value: Json, text: string): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value) && String(value) !== text.trim();
}

function fits(kind: FieldKind, value: Json | undefined): boolean {
  if (isRaw(value)) {
    return kind === 'number'
      ? Number.isFinite(Number(value.rawJSON))
      : /^-?\d+$/.test(value.rawJSON);
  }
  return kind === 'number' ? Number.isFinite(value) : Number.isInteger(value);
}

function parse(text: string): Json | undefined {
  try {
    return readNumbers(text) as Json;
  } catch {
    return undefined;
  }
}

function kindOf(schema: ISchema): FieldKind {
  if (schema.enum) {
    return 'choice';
  }
  if (isImage(schema)) {
    return 'image';
  }
  switch (schema.type) {
    case 'number':
    case 'integer':
    case 'string':
    case 'boolean':
      return schema.type;
    default:
      return 'json';
  }
}

/** An image, or one that may be missing. */
function isImage(schema: ISchema): boolean {
  return schema.format === 'image' || (schema.anyOf ?? []).some(isImage);
}

/** A type in Python's words: `list[float]`. */
export function wordOf(schema: ISchema): string {
  if (schema.enum) {
    return 'one of';
  }
  if (schema.format === 'image') {
    return 'image';
  }
  if (schema.anyOf) {
    return schema.anyOf.map(wordOf).join(' | ');
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const words = types.map(type => {
    const word = WORDS[type] ?? type;
    return type === 'array' && schema.items ? `${word}[${wordOf(schema.items)}]` : word;
  });
  return words.join(' | ') || 'JSON';
}

function placeholderOf(schema: ISchema): string {
  if (schema.default === undefined) {
    return '';
  }
  return typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default);
}

function article(word: string): string {
  return `${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`;
}

/** The schema for a caller who need not give what every call gets anyway. */
export function withPreset(schema: ISchema | null, preset: string[] = []): ISchema | null {
  const required = schema?.required?.filter(name => !preset.includes(name));
  return schema && { ...schema, required };
}

/** What a function takes and answers, as lines of a table and as sentences. */

import type { ISchema, Json } from '../../api/values';
import { fieldsOf, wordOf, type IField } from '../../components/run/formfields';

export interface IValueLine {
  name: string;
  /** In Python's words; of a choice, the values. */
  type: string;
  /** Whether it has to be given, or what it is otherwise. */
  note: string;
}

/** The parameters, those first that are needed; null where nothing tells of them. */
export function parameterLines(
  schema: ISchema | null,
  preset: readonly string[]
): IValueLine[] | null {
  const fields = fieldsOf(schema);
  return (
    fields &&
    fields.map(field => ({
      name: field.name,
      type: typeOf(field),
      note: preset.includes(field.name)
        ? 'has a value already'
        : noteOf(field, schema?.properties?.[field.name]?.default)
    }))
  );
}

/** The keys of an answer whose annotation names them. */
export function resultLines(result: ISchema | null): IValueLine[] | null {
  const fields = fieldsOf(result);
  return (
    fields &&
    fields.map(field => ({
      name: field.name,
      type: typeOf(field),
      note: field.required ? '' : 'may be absent'
    }))
  );
}

/** What stands beneath the parameters, or instead of them; empty where they are all. */
export function parameterSentence(schema: ISchema | null): string {
  if (schema === null) {
    return 'What it takes is not known: it was not deployed with Jupyter FaaS.';
  }
  const names = Object.keys(schema.properties ?? {});
  if (schema.properties === undefined) {
    return 'Any JSON object.';
  }
  if (schema.additionalProperties === true || typeof schema.additionalProperties === 'object') {
    return names.length > 0 ? 'And others, of any name.' : 'Any JSON object.';
  }
  return names.length > 0 ? '' : 'No parameters.';
}

/** What it answers, where its keys are not named. */
export function resultSentence(schema: ISchema | null, result: ISchema | null): string {
  const values = result?.additionalProperties;
  if (typeof values === 'object') {
    return `A JSON object with values of the type ${wordOf(values)}.`;
  }
  if (schema === null) {
    return 'Not known.';
  }
  return 'A JSON object; its keys are not declared.';
}

function typeOf(field: IField): string {
  return field.kind === 'choice' ? field.choices.map(json).join(' | ') : field.word;
}

function noteOf({ required }: IField, value: Json | undefined): string {
  if (required) {
    return 'required';
  }
  return value === undefined ? 'optional' : `${json(value)} unless given`;
}

function json(value: Json): string {
  return JSON.stringify(value);
}

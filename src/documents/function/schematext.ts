/** Converts the schemas of a function's parameters and result to table rows and sentences. */

import type { ISchema, Json } from '../../api/values';
import { formFields, pythonType, type IField } from '../../components/run/formfields';

export interface ISchemaRow {
  name: string;
  /** The Python type, or the values of an enum. */
  type: string;
  /** A note that the parameter is required, or its default value. */
  note: string;
}

/** Return the parameters, required ones first, or null if they are unknown. */
export function parameterRows(
  schema: ISchema | null,
  preset: readonly string[]
): ISchemaRow[] | null {
  const fields = formFields(schema);
  return (
    fields &&
    fields.map(field => ({
      name: field.name,
      type: typeOf(field),
      note: preset.includes(field.name)
        ? 'preset'
        : noteOf(field, schema?.properties?.[field.name]?.default)
    }))
  );
}

/** Return the keys of the result, or null if the return annotation does not declare any. */
export function resultRows(result: ISchema | null): ISchemaRow[] | null {
  const fields = formFields(result);
  return (
    fields &&
    fields.map(field => ({
      name: field.name,
      type: typeOf(field),
      note: field.required ? '' : 'not always present'
    }))
  );
}

/** Return the sentence below the table of parameters, which is empty if the table is complete. */
export function parameterSentence(schema: ISchema | null): string {
  if (schema === null) {
    return 'The parameters are not known, because the function was not deployed with jupyter_faas.';
  }
  const names = Object.keys(schema.properties ?? {});
  if (schema.properties === undefined) {
    return 'Any JSON object.';
  }
  if (schema.additionalProperties === true || typeof schema.additionalProperties === 'object') {
    return names.length > 0 ? 'Other parameters are also accepted.' : 'Any JSON object.';
  }
  return names.length > 0 ? '' : 'No parameters.';
}

/** Return the sentence about a result whose keys are not declared. */
export function resultSentence(schema: ISchema | null, result: ISchema | null): string {
  const values = result?.additionalProperties;
  if (typeof values === 'object') {
    return `A JSON object with values of the type ${pythonType(values)}.`;
  }
  if (schema === null) {
    return 'Not known.';
  }
  return 'A JSON object. Its keys are not declared.';
}

function typeOf(field: IField): string {
  return field.kind === 'choice' ? field.choices.map(json).join(' | ') : field.typeName;
}

function noteOf({ required }: IField, value: Json | undefined): string {
  if (required) {
    return 'required';
  }
  return value === undefined ? 'optional' : `default ${json(value)}`;
}

function json(value: Json): string {
  return JSON.stringify(value);
}

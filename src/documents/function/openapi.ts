/** An OpenAPI document as operations to be read: what each takes, answers, and who may call it. Pure. */

import type { IOpenApi, IOpenApiAnswer, IOpenApiOperation, IRefSchema } from '../../api/openapi';
import type { ISchema } from '../../api/values';

export interface IAnswerLine {
  status: string;
  words: string;
}

export interface IOperationView {
  /** The function's name. */
  name: string;
  /** `/default/iris.json`, below the server. */
  path: string;
  url: string;
  description: string;
  /** Who may call it. */
  access: string;
  parameters: ISchema;
  /** Whether the body may be left out. */
  optional: boolean;
  /** Of what the function answers. */
  result: ISchema | null;
  /** Of what is answered where parameters do not fit; null where the function tells that itself. */
  refusal: ISchema | null;
  answers: IAnswerLine[];
}

/** Of the package that a function is in, as the document's query names it. */
export function packageOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : 'default';
}

export function operationsOf(document: IOpenApi): IOperationView[] {
  const server = document.servers[0]?.url ?? '';
  return Object.entries(document.paths).map(([path, { post }]) => ({
    name: post.summary,
    path,
    url: `${server}${path}`,
    description: post.description ?? '',
    access: accessOf(document, post),
    parameters: resolved(document, post.requestBody.content['application/json'].schema),
    optional: !post.requestBody.required,
    ...resultOf(document, post),
    answers: Object.entries(post.responses)
      .map(([status, answer]) => ({ status, words: described(document, answer) }))
      .sort((one, other) => one.status.localeCompare(other.status))
  }));
}

/** A refusal is the first of two, the narrower one. */
function resultOf(
  document: IOpenApi,
  { responses }: IOpenApiOperation
): Pick<IOperationView, 'result' | 'refusal'> {
  const schema = responses['200']?.content?.['application/json'].schema;
  const [refusal, result] = schema?.anyOf ?? [];
  return refusal && result
    ? { result: resolved(document, result), refusal: resolved(document, refusal) }
    : { result: schema ? resolved(document, schema) : null, refusal: null };
}

function accessOf(document: IOpenApi, { security }: IOpenApiOperation): string {
  const schemes = security.flatMap(one => Object.keys(one));
  const described = schemes.map(
    name => document.components.securitySchemes?.[name]?.description ?? name
  );
  return described.length > 0 ? `Needs: ${described.join(' ')}` : 'Anybody can call it.';
}

function described({ components }: IOpenApi, answer: IOpenApiAnswer): string {
  const told = answer.$ref === undefined ? answer : components.responses[nameIn(answer.$ref)];
  return told?.description ?? '';
}

/** What a reference leads to; schemas of functions hold no further ones. */
function resolved({ components }: IOpenApi, schema: IRefSchema): ISchema {
  return schema.$ref === undefined ? schema : (components.schemas[nameIn(schema.$ref)] ?? {});
}

/** `#/components/schemas/IrisResult` */
function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

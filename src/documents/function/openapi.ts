/** The operations of an OpenAPI document, with parameters, results and access. Pure functions. */

import type { IOpenApi, IOpenApiAnswer, IOpenApiOperation, IRefSchema } from '../../api/openapi';
import type { ISchema } from '../../api/values';

export interface IAnswerLine {
  status: string;
  words: string;
}

export interface IOperation {
  /** The name of the function. */
  name: string;
  /** The path on the server, such as `/default/iris.json`. */
  path: string;
  url: string;
  description: string;
  /** A sentence that says who may call the operation. */
  access: string;
  parameters: ISchema;
  /** Whether the request body is optional. */
  optional: boolean;
  /** The schema of the result; null if it is not declared. */
  result: ISchema | null;
  /**
   * The schema of the response to invalid parameters; null if the function checks its parameters
   * itself.
   */
  refusal: ISchema | null;
  answers: IAnswerLine[];
}

/**
 * Return the package of a function as the server expects it in the query, which is `default` for a
 * function without a package.
 */
export function openApiPackage(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : 'default';
}

export function listOperations(document: IOpenApi): IOperation[] {
  const server = document.servers[0]?.url ?? '';
  return Object.entries(document.paths).map(([path, { post }]) => ({
    name: post.summary,
    path,
    url: `${server}${path}`,
    description: post.description ?? '',
    access: accessText(document, post),
    parameters: resolveReference(document, post.requestBody.content['application/json'].schema),
    optional: !post.requestBody.required,
    ...resultSchemas(document, post),
    answers: Object.entries(post.responses)
      .map(([status, answer]) => ({ status, words: answerDescription(document, answer) }))
      .sort((one, other) => one.status.localeCompare(other.status))
  }));
}

/**
 * Return the schemas of a result and of a refusal. The server lists the narrower schema, which is
 * the refusal's, first.
 */
function resultSchemas(
  document: IOpenApi,
  { responses }: IOpenApiOperation
): Pick<IOperation, 'result' | 'refusal'> {
  const schema = responses['200']?.content?.['application/json'].schema;
  const [refusal, result] = schema?.anyOf ?? [];
  return refusal && result
    ? { result: resolveReference(document, result), refusal: resolveReference(document, refusal) }
    : { result: schema ? resolveReference(document, schema) : null, refusal: null };
}

function accessText(document: IOpenApi, { security }: IOpenApiOperation): string {
  const schemes = security.flatMap(one => Object.keys(one));
  const descriptions = schemes.map(
    name => document.components.securitySchemes?.[name]?.description ?? name
  );
  return descriptions.length > 0 ? `Needs: ${descriptions.join(' ')}` : 'Anyone can call it.';
}

function answerDescription({ components }: IOpenApi, answer: IOpenApiAnswer): string {
  const told =
    answer.$ref === undefined ? answer : components.responses[referenceName(answer.$ref)];
  return told?.description ?? '';
}

/** Resolve a reference to a schema. Schemas of functions do not contain further references. */
function resolveReference({ components }: IOpenApi, schema: IRefSchema): ISchema {
  return schema.$ref === undefined
    ? schema
    : (components.schemas[referenceName(schema.$ref)] ?? {});
}

/** Return the last segment of a reference such as `#/components/schemas/IrisResult`. */
function referenceName(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

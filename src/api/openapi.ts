/** The OpenAPI 3.1 document of web actions, as openapi.json; what of it is read here. */

import type { ISchema } from './values';

export interface IOpenApi {
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: { [path: string]: { post: IOpenApiOperation } };
  components: {
    schemas: { [name: string]: ISchema };
    responses: { [name: string]: { description: string } };
    securitySchemes?: { [name: string]: { description: string } };
  };
}

export interface IOpenApiOperation {
  /** The function's name. */
  summary: string;
  description?: string;
  requestBody: { required: boolean; content: IContent };
  responses: { [status: string]: IOpenApiAnswer };
  /** Each names one of the schemes; anybody may call where there is none. */
  security: { [scheme: string]: string[] }[];
}

export interface IOpenApiAnswer {
  $ref?: string;
  description?: string;
  content?: IContent;
}

/** A schema of a document: its own, or the place of one. */
export interface IRefSchema extends ISchema {
  $ref?: string;
}

interface IContent {
  'application/json': { schema: IRefSchema };
}

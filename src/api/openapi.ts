/**
 * Wire types of the OpenAPI 3.1 document of web actions (`openapi.json`). Only the properties that
 * the front end uses are declared.
 */

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
  /** The name of the function. */
  summary: string;
  description?: string;
  requestBody: { required: boolean; content: IContent };
  responses: { [status: string]: IOpenApiAnswer };
  /** Each object names one of the security schemes; empty if no key is required. */
  security: { [scheme: string]: string[] }[];
}

export interface IOpenApiAnswer {
  $ref?: string;
  description?: string;
  content?: IContent;
}

/** A schema, or a reference to one. */
export interface IRefSchema extends ISchema {
  $ref?: string;
}

interface IContent {
  'application/json': { schema: IRefSchema };
}

/** Wire types of a function's page: `function_page.json` and `usage.json`. */

import type { IExample, IModelFacts } from './card';
import type { ISchema, JsonObject } from './values';

export interface IFunctionPage {
  name: string;
  target: string;
  target_label: string;
  doc: string | null;
  signature: string | null;
  schema: ISchema | null;
  /** The schema of the result; null if the return annotation does not declare one. */
  result: ISchema | null;
  /** The names of parameters with a preset value. */
  preset: string[];
  /** The models in the package; null if the server does not have the package. */
  models: IModelFacts[] | null;
  /** The examples from the function's `--test` options only. */
  examples: IExample[];
}

/** A piece of code that calls the function from elsewhere. */
export interface ISnippet {
  /** One of `curl`, `python`, `javascript`, `wsk` and `notebook`, or `web` for a web action. */
  id: string;
  label: string;
  language: string;
  code: string;
  note: string;
}

export interface IUsage {
  name: string;
  target: string;
  target_label: string;
  /** The parameters used in the snippets. */
  params: JsonObject;
  /** `schema` if the parameters are generated from the schema. */
  params_from: 'example' | 'schema';
  /** Shell commands that set the host and API key for the snippets; may be empty. */
  setup: string;
  snippets: ISnippet[];
}

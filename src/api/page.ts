/** A deployed function for those who use it: function_page.json and usage.json. */

import type { IExample, IModelFacts } from './card';
import type { ISchema, JsonObject } from './values';

export interface IFunctionPage {
  name: string;
  target: string;
  target_label: string;
  doc: string | null;
  signature: string | null;
  schema: ISchema | null;
  /** The schema of what it answers, where its annotation tells. */
  result: ISchema | null;
  /** Parameters that it has already. */
  preset: string[];
  /** Null where its package is not here. */
  models: IModelFacts[] | null;
  /** Of its tests alone. */
  examples: IExample[];
}

/** A piece of code that calls the function from elsewhere. */
export interface ISnippet {
  /** `curl`, `python`, `javascript`, `wsk`, `notebook`; `web` of a web action. */
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
  /** Those in the snippets. */
  params: JsonObject;
  /** `schema`: they are made up. */
  params_from: 'example' | 'schema';
  /** What a shell does first, so that the snippets find host and key; may be empty. */
  setup: string;
  snippets: ISnippet[];
}

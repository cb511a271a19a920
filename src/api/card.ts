/** A package as a card shows it: models, parity, forecast, preflight. */

import type { ICompositionFacts } from './composition';
import type { Json, JsonObject, ISchema } from './values';

export interface IForecast {
  state: 'measuring' | 'measured' | 'unmeasured' | 'failed';
  cold_ms: number | null;
  import_ms: number | null;
  model_ms: number | null;
  first_call_ms: number | null;
  warm_ms: number | null;
  timeout_share: number | null;
  cold_per_million_usd: string | null;
  warm_per_million_usd: string | null;
  cold_cost_text: string | null;
  warm_cost_text: string | null;
  message: string;
  /** Null until it has run; older cards do not have it. */
  clean_room?: ICleanRoom | null;
}

/** How the package, on its own, answered the inputs to try. `loaded`: there were none. */
export interface ICleanRoom {
  state: 'passed' | 'loaded' | 'failed' | 'skipped';
  ms: number;
  inputs: number;
  note: string;
  message: string;
  hint: string;
  /** What stands beside each other where it failed: Input, Notebook or Expected, Package. */
  answers: { [name: string]: Json };
}

/** An input to try, from a `--test` or a row of the `--sample`. */
export interface IExample {
  params: JsonObject;
  /** What to type in the notebook. */
  command: string;
  /** The notebook's own; null where it was not asked. */
  answer: JsonObject | null;
  source: 'test' | 'sample';
}

export interface IParity {
  ok: boolean;
  accepted: boolean;
  labels_agree: number;
  labels_total: number;
  rows: number;
  max_difference: number | null;
  covered: { set: string; rows: number }[];
  warnings: string[];
}

export interface IModelFacts {
  name: string;
  class: string;
  route: string;
  opset: number;
  inputs: string;
  classes: number | null;
  details: string[];
  size: number;
  parity: IParity;
  /** Of a model that does not travel in the package, but lies in a model store. */
  stored?: { sha256: string; size: number };
  /** Names, types and shapes, of models whose own form tells them; others do not have it. */
  signature?: { inputs: IModelValue[]; outputs: IModelValue[]; classes?: (number | string)[] };
}

/** What a model reads or answers; a size is null where any will do. */
export interface IModelValue {
  name: string;
  dtype: string;
  shape: (number | null)[] | null;
  columns?: string[];
}

export interface IPreflightCheck {
  check: string;
  /** False: the package cannot go there. */
  ok: boolean;
  value: string;
  note: string;
  /** It can, and may not run well. */
  warn?: boolean;
  /** Why it fails or warns, as part of a sentence. */
  says?: string;
  hint?: string;
  /** The option that mends it when it stands in the cell: `--memory 512`. */
  fix?: string;
  /** What the value is made of. */
  parts?: { name: string; value: string }[];
}

/** A package judged for the target in use. */
export interface IPreflight {
  target: { name: string; label: string };
  preflight: IPreflightCheck[];
}

/** The part of a deployment that a card shows. */
export interface ICardDeployed {
  version: string;
  bundle: string | null;
  url: string;
  /** Cards of before there were web actions do not have it. */
  web_url?: string | null;
  updated: number;
}

export interface ICard {
  type: 'function';
  format: number;
  name: string;
  signature: string;
  doc: string | null;
  schema: ISchema | null;
  handler: string;
  package: string;
  bundle: string;
  source: string;
  kind: string;
  memory_mb: number;
  timeout_ms: number;
  /** Parameters that every call gets unless it brings its own. Older cards do not have it. */
  preset?: string[];
  models: IModelFacts[];
  /** `note`: what is odd about it in the notebook, such as an edit since it last ran. */
  captured: { name: string; kind: string; why: string; size: number; note?: string }[];
  files: { path: string; size: number }[];
  size: number;
  requirements: { name: string; version: string }[];
  preflight: IPreflightCheck[];
  forecast: IForecast;
  target: { name: string; label: string };
  deployed: ICardDeployed | null;
  /** Older cards do not have them. */
  examples?: IExample[];
  /** Of a composition. */
  composition?: ICompositionFacts;
}

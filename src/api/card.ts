/** Wire types of a function card: models, parity, forecast, preflight. */

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
  /** Null until it has run; missing in older cards. */
  clean_room?: ICleanRoom | null;
}

/**
 * The result of the clean-room test: the package alone, called with the test inputs. `loaded`:
 * there were no inputs.
 */
export interface ICleanRoom {
  state: 'passed' | 'loaded' | 'failed' | 'skipped';
  ms: number;
  inputs: number;
  note: string;
  message: string;
  hint: string;
  /** The values to compare after a failure: Input, Notebook or Expected, Package. */
  answers: { [name: string]: Json };
}

/** A test input, from a `--test` or a row of the `--sample`. */
export interface IExample {
  params: JsonObject;
  /** The command for the notebook. */
  command: string;
  /** The notebook's result; null if it was not computed. */
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
  /** Set for a model in a model store; it is not part of the package. */
  stored?: { sha256: string; size: number };
  /** Names, types and shapes, for model formats that declare them. */
  signature?: { inputs: IModelValue[]; outputs: IModelValue[]; classes?: (number | string)[] };
}

/** An input or output of a model; a dimension is null if it may be of any size. */
export interface IModelValue {
  name: string;
  dtype: string;
  shape: (number | null)[] | null;
  columns?: string[];
}

export interface IPreflightCheck {
  check: string;
  /** False: the package cannot be deployed there. */
  ok: boolean;
  value: string;
  note: string;
  /** It can be deployed, but may not run well. */
  warn?: boolean;
  /** The reason for the failure or warning, as part of a sentence. */
  says?: string;
  hint?: string;
  /** The cell option that fixes it: `--memory 512`. */
  fix?: string;
  /** The parts that the value is the sum of. */
  parts?: { name: string; value: string }[];
}

/** The preflight check of a package against the current target. */
export interface IPreflight {
  target: { name: string; label: string };
  preflight: IPreflightCheck[];
}

/** The part of a deployment that a card shows. */
export interface ICardDeployed {
  version: string;
  bundle: string | null;
  url: string;
  /** Missing in cards from before web actions. */
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
  /** Parameters with a preset value, which a call may override. Missing in older cards. */
  preset?: string[];
  models: IModelFacts[];
  /** `note`: a warning, such as an edit since it last ran. */
  captured: { name: string; kind: string; why: string; size: number; note?: string }[];
  files: { path: string; size: number }[];
  size: number;
  requirements: { name: string; version: string }[];
  preflight: IPreflightCheck[];
  forecast: IForecast;
  target: { name: string; label: string };
  deployed: ICardDeployed | null;
  /** Missing in older cards. */
  examples?: IExample[];
  /** Set for a composition. */
  composition?: ICompositionFacts;
}

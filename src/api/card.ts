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
  /** The name of the price list; empty until the prices are known. Missing in older cards. */
  prices?: string;
  message: string;
  /** What a host adds to the cold start. Missing for the playground. */
  note?: string;
  /** The result of the clean-room test; null until the test has run. Missing in older cards. */
  clean_room?: ICleanRoom | null;
}

/**
 * The result of the clean-room test, which calls the package alone with the test inputs. The state
 * is `loaded` if there were no test inputs and the package was only loaded.
 */
export interface ICleanRoom {
  state: 'passed' | 'loaded' | 'failed' | 'skipped';
  ms: number;
  inputs: number;
  note: string;
  message: string;
  hint: string;
  /** The values to compare after a failure, by label: Input, Notebook or Expected, Package. */
  answers: { [name: string]: Json };
}

/** A test input, from a `--test` option or a row of the `--sample`. */
export interface IExample {
  params: JsonObject;
  /** The command that runs this example in the notebook. */
  command: string;
  /** The result in the notebook; null if it was not computed. */
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
  /**
   * The sets of rows. Those without `extra` add up to `rows`. `again`: rows of these sets, one at a
   * time. `boundary`: rows at decision boundaries, whose differences only cause a warning.
   */
  covered: { set: string; rows: number; extra?: 'again' | 'boundary' }[];
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
  /** Why the estimator itself was chosen instead of its ONNX form. */
  why?: string;
  /** The types outside scikit-learn that an unconverted estimator loads. */
  foreign_types?: IForeignType[];
  /** The file in a model store, for a model that is not part of the package. */
  stored?: { sha256: string; size: number };
  /**
   * The names, types and shapes of the model's inputs and outputs. Only for model formats that
   * declare them.
   */
  signature?: { inputs: IModelValue[]; outputs: IModelValue[]; classes?: (number | string)[] };
}

/** A type outside scikit-learn. A type of the user's own module has no distribution. */
export interface IForeignType {
  type: string;
  distribution: string;
  version: string;
  sha256: string;
}

/** An input or output of a model. A dimension of any size is null. */
export interface IModelValue {
  name: string;
  dtype: string;
  shape: (number | null)[] | null;
  columns?: string[];
}

export interface IPreflightCheck {
  check: string;
  /** Whether the check passed. A failed check prevents a deploy to the target. */
  ok: boolean;
  value: string;
  note: string;
  /** Whether the package can be deployed but may not run well. */
  warn?: boolean;
  /** Whether only a run can tell. The verdict is then never that the package fits. */
  unknown?: boolean;
  /** The reason for the failure, warning or unknown, worded as a clause of a sentence. */
  says?: string;
  hint?: string;
  /** The cell option that fixes the problem: `--memory 512`. */
  fix?: string;
  /** The amounts that add up to the value. */
  parts?: { name: string; value: string }[];
}

/** The preflight check of a package against the current target. */
/** Times of a cold start in ms, as measured beside the notebook. */
export interface IMeasuredTimes {
  cold_ms: number | null;
  first_call_ms: number | null;
}

export interface IPreflight {
  target: { name: string; label: string };
  preflight: IPreflightCheck[];
  /**
   * The cold start on the target, in place of the card's own; null if it was not measured yet.
   */
  cold_start: Pick<
    IForecast,
    'cold_ms' | 'timeout_share' | 'cold_per_million_usd' | 'cold_cost_text' | 'note'
  > | null;
}

/** The properties of a deployment that a card shows. */
/** The bundle of an action. */
export interface IDeployedBundle {
  /** The sha256 of the bundle; null for an action of another tool. */
  bundle: string | null;
  /** The sha256 of the bundle that the cell made, if `bundle` is a copy adapted to the target. */
  packaged?: string;
}

export interface ICardDeployed extends IDeployedBundle {
  version: string;
  url: string;
  /**
   * The URL of a web action; null for other actions. Missing in cards that are older than web
   * actions.
   */
  web_url?: string | null;
  /** How callers of the web URL authenticate. Missing if they need not. */
  web_access?: 'key' | 'word';
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
  /**
   * The values that the function captured. `note` is a warning, for example that the cell was
   * edited after it ran.
   */
  captured: { name: string; kind: string; why: string; size: number; note?: string }[];
  files: { path: string; size: number }[];
  size: number;
  requirements: { name: string; version: string }[];
  preflight: IPreflightCheck[];
  forecast: IForecast;
  target: { name: string; label: string };
  deployed: ICardDeployed | null;
  /** The test inputs and their results. Missing in older cards. */
  examples?: IExample[];
  /** The graph and the called actions of a composition. Missing in the cards of functions. */
  composition?: ICompositionFacts;
}

/**
 * The wire: what the server extension and the kernel answer, field for field.
 *
 * `tests/data/api/*.json` hold one sample each; both halves are tested against them.
 * Times are milliseconds since 1970, sizes bytes, money USD as decimal text.
 */

import type { ICompositionFacts } from './session';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The JSON schema of a function's parameters, as the capture writes it. */
export interface ISchema {
  type?: string | string[];
  properties?: { [name: string]: ISchema };
  required?: string[];
  items?: ISchema;
  enum?: Json[];
  anyOf?: ISchema[];
  default?: Json;
  /** `image` where a reference to a picture is meant. */
  format?: string;
  description?: string;
  additionalProperties?: boolean | ISchema;
}

/** `unknown` until somebody asked the host; `running` and `stopped` are the playground's. */
export type TargetState =
  'running' | 'stopped' | 'unknown' | 'reachable' | 'unreachable' | 'unauthorized';

export interface ITarget {
  name: string;
  label: string;
  kind: 'playground' | 'openwhisk';
  apihost: string;
  namespace: string;
  state: TargetState;
  message: string;
  hint: string;
  /** Its certificate is not checked. */
  insecure: boolean;
}

export interface IStatus {
  version: string;
  target: ITarget;
  targets: ITarget[];
  limits: {
    memory_mb: { min: number; max: number };
    timeout_ms: { min: number; max: number };
    code_bytes: number;
  } | null;
  as_of: number;
}

/** What a target holds. Actions that others put there have no bundle, source or schema. */
export interface IDeployedFunction {
  /** `name`, or `package/name`: everywhere a function is named, it is by this. */
  name: string;
  namespace: string;
  version: string;
  kind: string;
  memory_mb: number;
  timeout_ms: number;
  updated: number;
  bundle: string | null;
  source: string | null;
  notebook: string | null;
  signature: string | null;
  schema: ISchema | null;
  url: string;
  /** Of a web action: where anybody gets its result as JSON, without a key. */
  web_url: string | null;
  /** The version that a rollback brings back. */
  back_to?: string;
  /** It was deployed from here, and somebody else changed it since. */
  elsewhere?: boolean;
  /** It is a workflow of other actions. */
  composition?: boolean;
}

export interface IFunctionList {
  functions: IDeployedFunction[];
  as_of: number;
}

export interface IActivationSummary {
  id: string;
  name: string;
  version: string;
  /** Null for a trigger. */
  kind: string | null;
  start: number;
  /** Null, like what follows from it, where nothing ran: a trigger that was fired. */
  end: number | null;
  duration_ms: number | null;
  init_ms: number | null;
  wait_ms: number | null;
  cold: boolean;
  status: string;
  ok: boolean;
  memory_mb: number | null;
  billed_ms: number | null;
  cost_per_million_usd: string | null;
  cost_text: string | null;
  cause: string | null;
  /** It is a session of several runs: a composition or a sequence. */
  children?: boolean;
  composition?: boolean;
  /** How many actions ran in it; in lists of sessions, whose cost is the sum of their parts. */
  calls?: number;
}

export interface IActivationList {
  activations: IActivationSummary[];
  as_of: number;
}

export interface IActivation extends IActivationSummary {
  type: 'activation';
  format: number;
  result: Json;
  logs: string[];
  annotations: JsonObject;
  target: string;
}

export interface IDeployment {
  name: string;
  namespace: string;
  version: string;
  bundle: string;
  package: string;
  target: string;
  target_label: string;
  url: string;
  web_url: string | null;
  size: number;
  updated: number;
  /** What may go wrong there, and what stays there of earlier deploys. */
  warning?: string;
  /** It was there already, and nothing was sent. */
  unchanged?: boolean;
  /** The version that was brought back. */
  rollback_to?: string;
}

/** One deploy from the server's machine. */
export interface IDeploy {
  version: string;
  bundle: string;
  package: string;
  size: number;
  deployed: number;
  /** Empty when it is not known. */
  user: string;
  notebook: string | null;
  cell_id: string | null;
  /** With `-dirty` behind it when files differed from it. */
  commit: string | null;
  rollback_to: string | null;
  /** It is what the target holds. */
  current: boolean;
  /** Its package is still on the server. */
  available: boolean;
}

export interface IHistory {
  name: string;
  namespace: string;
  target: string;
  target_label: string;
  /** Whether the target answered. */
  known: boolean;
  deployed: { version: string; bundle: string | null; updated: number; ours: boolean } | null;
  back_to: string | null;
  /** The latest first. */
  deploys: IDeploy[];
}

export interface IDiffEnd {
  /** `deployed 0.0.2`, `this notebook`, `version 0.0.1`. */
  label: string;
  version: string | null;
  bundle: string | null;
}

export interface IDiffPart {
  kind: string;
  title: string;
  added: number;
  removed: number;
  /** Of a unified diff, from its first `@@` on. */
  lines: string[];
}

export interface IDiff {
  name: string;
  target_label: string;
  old: IDiffEnd;
  new: IDiffEnd;
  same: boolean;
  parts: IDiffPart[];
}

/** What to compare: versions, or the package of a cell as the new end. */
export interface IDiffEnds {
  from?: string;
  to?: string;
  package?: string;
}

/** What a kernel hands over when the server does not share its disk; passed on unread. */
export type PackageRecord = JsonObject & { id: string; bundle: string };

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

/** A function as the kernel packaged it last; `source_text` is the whole executed cell. */
export interface IKernelFunction {
  name: string;
  cell_id: string | null;
  source_text: string;
  source: string;
  package: string;
  bundle: string;
  size: number;
  signature: string;
  schema: ISchema | null;
  kind: string;
  memory_mb: number;
  timeout_ms: number;
  stale: string[];
  /** Which of the captured names are models. Older kernels do not say. */
  models?: string[];
  executed_at: number;
  /** It is a workflow of other actions. */
  composition?: boolean;
  /** Names of the actions that a composition calls. */
  calls?: string[];
  /** Parameters of its first example. */
  example?: JsonObject | null;
}

/** The `error` of every refused request and of a failed comm operation. */
export interface IErrorBody {
  code: string;
  message: string;
  hint: string;
}

/** What the kernel says on the comm `jupyter_faas`. */
export type KernelEvent =
  | { event: 'hello'; version: string; data_dir_id: string }
  | { event: 'functions'; functions: IKernelFunction[] }
  | { event: 'bundle'; package: PackageRecord; sha256: string }
  | { event: 'forecast'; package: string; forecast: IForecast }
  | { event: 'activation'; id: string }
  | { event: 'error'; op: string; package?: string; error: IErrorBody };

/** The display's own MIME type. */
export const MIME_TYPE = 'application/vnd.jupyter-faas+json';

/** The newest layout of a payload that this front end draws. */
export const FORMAT = 1;

export type Payload = ICard | IActivation;

/** The payload of a display, or what its `type` and `format` are when we cannot draw it. */
export function readPayload(data: unknown): Payload | { unknown: string } {
  const { type, format } = (typeof data === 'object' && data !== null ? data : {}) as {
    type?: Json;
    format?: Json;
  };
  if ((type === 'function' || type === 'activation') && format === FORMAT) {
    return data as Payload;
  }
  return { unknown: `${JSON.stringify(type ?? null)}, format ${JSON.stringify(format ?? null)}` };
}

/** A refusal with the server's own words. `status` is 0 when there was no answer at all. */
export class FaasError extends Error {
  constructor(
    readonly status: number,
    { code, message, hint }: IErrorBody
  ) {
    super(message);
    this.name = 'FaasError';
    this.code = code;
    this.hint = hint;
  }

  readonly code: string;
  readonly hint: string;
}

/** Any thrown thing as words for a person. */
export function errorWords(error: unknown): { message: string; hint: string } {
  if (error instanceof FaasError) {
    return { message: error.message, hint: error.hint };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

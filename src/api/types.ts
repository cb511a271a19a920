/**
 * The wire: what the server extension and the kernel answer, field for field.
 *
 * `tests/data/api/*.json` hold one sample each; both halves are tested against them.
 * Times are milliseconds since 1970, sizes bytes, money USD as decimal text.
 */

import type { IForecast } from './card';
import type { IErrorBody } from './errors';
import type { ISchema, Json, JsonObject } from './values';

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
  /** The most memory that it had at a time; hosts other than the playground do not tell. */
  peak_mb?: number;
  /** It is a session of several runs: a composition or a sequence. */
  children?: boolean;
  composition?: boolean;
  /** The host's own feed: a schedule was made, changed or removed. */
  feed?: boolean;
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

/** What a kernel hands over when the server does not share its disk; passed on unread. */
export type PackageRecord = JsonObject & { id: string; bundle: string };

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

/** What the kernel says on the comm `jupyter_faas`. */
export type KernelEvent =
  | { event: 'hello'; version: string; data_dir_id: string }
  | { event: 'functions'; functions: IKernelFunction[] }
  | { event: 'bundle'; package: PackageRecord; sha256: string }
  | { event: 'forecast'; package: string; forecast: IForecast }
  | { event: 'activation'; id: string }
  | { event: 'error'; op: string; package?: string; error: IErrorBody };

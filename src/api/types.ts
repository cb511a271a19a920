/**
 * Wire types: the replies of the server extension and messages of the kernel, field for field.
 *
 * `tests/data/api/*.json` has a sample of each, which both sides are tested against. Times are
 * milliseconds since 1970, sizes bytes, money USD as decimal text.
 */

import type { IForecast } from './card';
import type { IErrorBody } from './errors';
import type { ISchema, Json, JsonObject } from './values';

/**
 * `unknown` until the first request to the host; `running` and `stopped` are only for the
 * playground.
 */
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
  /** Whether its certificate is not verified. */
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

/** A function on the target. Actions deployed with other tools have no bundle, source or schema. */
export interface IDeployedFunction {
  /** `name`, or `package/name`: the key of the function everywhere. */
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
  /** The public URL of a web action: returns the result as JSON, without a key. */
  web_url: string | null;
  /** The version that a rollback would restore. */
  back_to?: string;
  /** Whether someone else changed it after it was deployed from here. */
  elsewhere?: boolean;
  /** Whether it is a composition of other actions. */
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
  /** Null, like the values derived from it, for a fired trigger: nothing ran. */
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
  /** Peak memory; only the playground reports it. */
  peak_mb?: number;
  /** Whether it is a session of several runs: a composition or a sequence. */
  children?: boolean;
  composition?: boolean;
  /** Whether the host's feed ran: a schedule was created, changed or removed. */
  feed?: boolean;
  /**
   * Number of actions that ran in it; only in lists of sessions, whose cost is the sum of their
   * parts.
   */
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
  /** Problems to expect, and what earlier deploys left behind. */
  warning?: string;
  /** Whether the target already had this package, so nothing was sent. */
  unchanged?: boolean;
  /** The version that was restored. */
  rollback_to?: string;
}

/** The package's record from a kernel that does not share the server's disk; passed on unread. */
export type PackageRecord = JsonObject & { id: string; bundle: string };

/** A function as the kernel last packaged it; `source_text` is the whole executed cell. */
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
  /** The captured names that are models. Missing from older kernels. */
  models?: string[];
  executed_at: number;
  /** Whether it is a composition of other actions. */
  composition?: boolean;
  /** Names of the actions that a composition calls. */
  calls?: string[];
  /** Parameters of its first example. */
  example?: JsonObject | null;
}

/** Messages of the kernel on the comm `jupyter_faas`. */
export type KernelEvent =
  | { event: 'hello'; version: string; data_dir_id: string }
  | { event: 'functions'; functions: IKernelFunction[] }
  | { event: 'bundle'; package: PackageRecord; sha256: string }
  | { event: 'forecast'; package: string; forecast: IForecast }
  | { event: 'activation'; id: string }
  | { event: 'error'; op: string; package?: string; error: IErrorBody };

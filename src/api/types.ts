/**
 * Wire types. They describe the replies of the server extension and the messages of the kernel,
 * field for field.
 *
 * `tests/data/api/*.json` has a sample of each message, and both sides are tested against these
 * samples. Times are in milliseconds since 1970 and sizes in bytes. Amounts of money are decimal
 * strings in USD.
 */

import type { IDeployedBundle, IForecast } from './card';
import type { IErrorBody } from './errors';
import type { ISchema, Json, JsonObject } from './values';

/**
 * The state of a target, which is `unknown` until the first request to the host. `running` and
 * `stopped` are states of the playground only.
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
  /** Whether the target's certificate is not verified. */
  insecure: boolean;
}

export interface IStatus {
  version: string;
  /** The arguments of `pip install` for this package, quoted for a shell; empty if unknown. */
  install: string;
  /** The data folder of the server, which contains the key file of the playground. */
  data_dir: string;
  target: ITarget;
  /** The name of the target of notebooks that do not record one. */
  default: string;
  targets: ITarget[];
  limits: {
    memory_mb: { min: number; max: number };
    timeout_ms: { min: number; max: number };
    code_bytes: number;
  } | null;
  as_of: number;
}

/** A run that was ended because the playground stopped. */
export interface IEndedRun {
  name: string;
  activation_id: string;
}

/**
 * A function on the target. Actions that were deployed with other tools have no bundle, source or
 * schema.
 */
export interface IDeployedFunction extends IDeployedBundle {
  /** The name that identifies the function everywhere: `name` or `package/name`. */
  name: string;
  namespace: string;
  version: string;
  kind: string;
  memory_mb: number;
  timeout_ms: number;
  updated: number;
  source: string | null;
  notebook: string | null;
  /** The id of the cell that it was deployed from. */
  cell_id?: string;
  signature: string | null;
  schema: ISchema | null;
  url: string;
  /**
   * The public URL of a web action, which returns the result as JSON and needs no API key. Null for
   * other actions.
   */
  web_url: string | null;
  /** The version that a rollback would restore. */
  back_to?: string;
  /** Whether the function was changed elsewhere after this server deployed it. */
  elsewhere?: boolean;
  /** Whether the function is a composition of other actions. */
  composition?: boolean;
  /** The role of a version beside a function, and the name of that function. */
  variant?: { role: 'dev' | 'shadow' | 'stable' | 'canary'; of: string };
}

export interface IFunctionList {
  functions: IDeployedFunction[];
  as_of: number;
}

export interface IActivationSummary {
  id: string;
  name: string;
  version: string;
  /** The kind of the action; null for a trigger. */
  kind: string | null;
  start: number;
  /**
   * The end of the run. For a fired trigger, the end and all values derived from it are null,
   * because nothing ran.
   */
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
  /** The peak memory in MB, which only the playground reports. */
  peak_mb?: number;
  /** Whether the activation is a session of several runs, that is a composition or a sequence. */
  children?: boolean;
  composition?: boolean;
  /**
   * Whether the activation is a run of the host's feed, which created, changed or removed a
   * schedule.
   */
  feed?: boolean;
  /**
   * The number of actions that ran in the session. Set only in lists of sessions, where the cost of
   * a session is the sum over its actions.
   */
  calls?: number;
  /** Why the run failed, on one line. Set only in lists of runs and in the steps of a session. */
  error?: string | null;
}

/**
 * The user's own line at which a run failed. A kernel adds the number and id of the cell, and the
 * line in it, which differs from `line` unless the line is in the function's own cell (`in_cell`).
 */
export interface IFailedLine {
  file: string;
  line: number;
  function: string;
  code: string;
  in_cell: boolean;
  cell?: number;
  cell_line?: number;
  cell_id?: string | null;
}

/**
 * Why a run failed. `type` is empty and `where` is null if no exception is known. `traceback` lacks
 * frames that are not the user's, and replaces the log lines in the range `logged`.
 */
export interface IFailure {
  type: string;
  message: string;
  where: IFailedLine | null;
  traceback: string[];
  logged: [number, number] | null;
}

export interface IActivationList {
  activations: IActivationSummary[];
  as_of: number;
}

/** What to search the records of a target for. */
export interface IActivationFilter {
  status?: 'any' | 'succeeded' | 'failed' | 'cold';
  /** A part of the function's name, in any case. */
  contains?: string;
  /** The exact name of a function, which the target itself can select. */
  name?: string;
  /** The latest start, in ms since 1970. */
  upto?: number;
}

export interface IActivationSearch extends IActivationList {
  /** The start from which the search can be continued; null if all records were compared. */
  searched_to: number | null;
}

export interface IActivation extends IActivationSummary {
  type: 'activation';
  format: number;
  result: Json;
  logs: string[];
  annotations: JsonObject;
  target: string;
  failure?: IFailure;
  /** Why a failed run failed and what to do, one sentence each. Missing if the result says it. */
  advice?: string[];
}

/** What was removed together with a function. */
export interface IRemoval {
  /** What is left, and how to remove it; empty if nothing is. */
  warning: string;
  /** The names of the versions that were removed, such as a shadow. */
  versions: string[];
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
  /** Problems to expect, and files or actions that earlier deploys left behind. */
  warning?: string;
  /** Whether the target already had this package, so that nothing was sent. */
  unchanged?: boolean;
  /** The version that the rollback restored. */
  rollback_to?: string;
}

/**
 * The record of a package from a kernel that does not share the server's disk. It is passed on
 * without being read.
 */
export type PackageRecord = JsonObject & { id: string; bundle: string };

/** A function as the kernel last packaged it. `source_text` is the whole cell that was executed. */
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
  /** The names of captured values that are models. Missing from older kernels. */
  models?: string[];
  executed_at: number;
  /** Whether the function is a composition of other actions. */
  composition?: boolean;
  /** The names of the actions that a composition calls. */
  calls?: string[];
  /** The parameters of the function's first example. */
  example?: JsonObject | null;
}

/** Messages that the kernel sends on the comm `jupyter_faas`. */
export type KernelEvent =
  | {
      event: 'hello';
      version: string;
      data_dir_id: string;
      /** The kernel's target; null if it follows the default. */
      target: string | null;
      /** Whether a magic chose the target while no front end could record it. */
      unrecorded: boolean;
    }
  | { event: 'target'; name: string | null }
  | { event: 'functions'; functions: IKernelFunction[] }
  | { event: 'bundle'; package: PackageRecord; sha256: string }
  | { event: 'forecast'; package: string; forecast: IForecast }
  | { event: 'activation'; id: string }
  | { event: 'error'; op: string; package?: string; error: IErrorBody };

import type { IAstNode } from './composition';
import type { IActivation, IActivationSummary, IFailure } from './types';
import type { JsonObject } from './values';

/** The role of an activation in its session. */
export type StepRole =
  'action' | 'conductor' | 'branch' | 'async' | 'wait' | 'composition' | 'sequence';

/**
 * An activation of a session. `parent` is the id of the activation that it belongs to. `path` is
 * the node of the session's graph that it ran for. In a nested composition, which has its own
 * graph, `path` is null and `visited` is empty. A branch or asynchronous call that is still running
 * has the status `running`, no end, and `ok` set to true.
 */
export interface ISessionStep extends IActivationSummary {
  role: StepRole;
  parent: string;
  path: string | null;
  /** The number of this call among the calls at the same node, from 1. */
  nth: number | null;
  error: string | null;
  /** The nodes that this run of the conductor visited, in order. */
  visited: string[];
}

/**
 * Amounts per million sessions. `…_usd` amounts are exact. `waiting` is the share of the total that
 * is spent on waiting for parallel branches: no-op activations and the conductor runs around them.
 * It is null if there were no branches. `slide` is the price of the largest memory for the whole
 * duration.
 */
export interface ISessionCost {
  per_million_usd: string | null;
  text: string | null;
  waiting_usd: string | null;
  waiting_text: string | null;
  slide_usd: string | null;
  slide_text: string | null;
}

export interface IPrices {
  label: string;
  usd_per_gb_second: string;
  step_ms: number;
  minimum_ms: number;
  usd_per_million_requests: string;
  /**
   * The price of CPU if it is charged separately, either for `cpu` units or for the units that
   * belong to the memory size.
   */
  usd_per_cpu_second?: string;
  cpu?: string;
  /** Memory sizes in MB with their CPU units, the smallest first. */
  sizes?: [number, string][];
  /** Whether memory is rounded up to the next of the `sizes`. */
  memory_by_size?: boolean;
  memory_step_mb?: number;
  memory_minimum_mb?: number;
  /** `used` if the used memory is charged. If undefined, the memory limit is charged. */
  memory_billed?: 'used';
  /**
   * How memory changes the CPU: in proportion (`mb_per_cpu` MB are one CPU), by size
   * (`cpus_per_unit` units are one CPU), or chosen separately. Undefined if memory does not change
   * the CPU.
   */
  speed?: 'memory' | 'size' | 'chosen';
  mb_per_cpu?: number;
  cpus_per_unit?: string;
}

export interface ISessionLogLine {
  time: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** The id of the activation that printed the line. */
  step: string;
}

/** One run and all activations that it caused (`session.json`). Times are in ms since 1970. */
export interface ISession {
  type: 'session';
  format: 1;
  id: string;
  kind: 'composition' | 'sequence' | 'function';
  /**
   * Whether the run has no record yet (`end` is null), or one of its asynchronous calls has no
   * record yet.
   */
  running: boolean;
  activation: IActivation;
  name: string;
  version: string;
  notebook: string | null;
  cell_id: string | null;
  /** Whether the target still has the function, in any version. */
  deployed: boolean;
  calls: number;
  retried: number;
  failed: number;
  cold: boolean;
  start: number;
  end: number | null;
  elapsed_ms: number;
  cost: ISessionCost;
  prices: IPrices;
  steps: ISessionStep[];
  graph: IAstNode | null;
  graph_from: 'playground' | 'kept' | 'deployed' | null;
  nodes: Record<string, { visits: number; failed: number }>;
  logs: ISessionLogLine[];
  /** Whether steps or log lines were left out. */
  truncated: boolean;
  /** The call whose failure ended a session that failed, if it is known. */
  failed_step?: { id: string; name: string; failure: IFailure };
}

/**
 * The stored input of a run; null if it was not stored. `lacking` names the parameters that were
 * redacted.
 */
export interface IKeptInputAnswer {
  input: { params: JsonObject; lacking: string[] } | null;
}

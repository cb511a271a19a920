import type { IAstNode } from './composition';
import type { IActivation, IActivationSummary } from './types';
import type { JsonObject } from './values';

/** The role of an activation in its session. */
export type StepRole =
  'action' | 'conductor' | 'branch' | 'async' | 'wait' | 'composition' | 'sequence';

/**
 * An activation of a session. `parent`: the activation it belongs to. `path`: the node of the
 * session's graph that it ran for; null, with no `visited`, in a nested composition, which has its
 * own graph. A running branch or asynchronous part has the status `running`, no end, and is `ok` so
 * far.
 */
export interface ISessionStep extends IActivationSummary {
  role: StepRole;
  parent: string;
  path: string | null;
  /** Counts the calls at that node, from 1. */
  nth: number | null;
  error: string | null;
  /** The nodes that a conductor's run visited, in order. */
  visited: string[];
}

/**
 * Amounts are per million sessions; `…_usd` is exact. `waiting` is the part of the total for
 * waiting on parallel branches: no-op activations and the conductor's runs around them; null if
 * there were no branches. `slide` is the largest memory for the whole time.
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
   * Price of CPU, if it is charged separately: for `cpu` units, or those that belong to the size.
   */
  usd_per_cpu_second?: string;
  cpu?: string;
  /** Memory in MB and its CPU units, the smallest first. */
  sizes?: [number, string][];
  /** Whether memory is rounded up to the next size. */
  memory_by_size?: boolean;
  memory_step_mb?: number;
  memory_minimum_mb?: number;
  /** Used memory is charged, not the limit. */
  memory_billed?: 'used';
  /**
   * How memory changes the CPU: in proportion (`mb_per_cpu` MB are one CPU), by size
   * (`cpus_per_unit` units are one CPU), or chosen separately. Undefined if it does not.
   */
  speed?: 'memory' | 'size' | 'chosen';
  mb_per_cpu?: number;
  cpus_per_unit?: string;
}

export interface ISessionLogLine {
  time: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** The activation that printed it. */
  step: string;
}

/** One run with everything it caused (`session.json`). Times in ms since 1970. */
export interface ISession {
  type: 'session';
  format: 1;
  id: string;
  kind: 'composition' | 'sequence' | 'function';
  /** Whether it has no record yet (`end` is null), or an asynchronous part has none. */
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
}

/**
 * The stored input of a run; null if it was not stored. `lacking`: parameters that were redacted.
 */
export interface IKeptInputAnswer {
  input: { params: JsonObject; lacking: string[] } | null;
}

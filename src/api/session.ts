import type { IAstNode } from './composition';
import type { IActivation, IActivationSummary } from './types';
import type { JsonObject } from './values';

/** What a derived activation is to its session. */
export type StepRole =
  'action' | 'conductor' | 'branch' | 'async' | 'wait' | 'composition' | 'sequence';

/**
 * A derived activation. `parent`: whose part it is; `path`: the node of the session's graph that it
 * ran for (null and no `visited` in a nested composition, which has a graph of its own).
 * A branch or an asynchronous part that runs has the status `running`, no end, and is `ok` so far.
 */
export interface ISessionStep extends IActivationSummary {
  role: StepRole;
  parent: string;
  path: string | null;
  /** The how-manieth call at that node. */
  nth: number | null;
  error: string | null;
  /** The nodes that a conductor's run came to, in order. */
  visited: string[];
}

/**
 * Amounts are per million sessions; `…_usd` exact. `waiting`, a part of the whole: the no-op
 * hand-overs and the conductor's runs before and behind one, null where nothing waited for branches.
 * `slide` is the largest memory for the whole time.
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
  /** CPU that is charged beside the memory: `cpu` units, else those that come with the size. */
  usd_per_cpu_second?: string;
  cpu?: string;
  /** MB with units of CPU, the smallest first. */
  sizes?: [number, string][];
  /** Memory is charged up to the next of the sizes. */
  memory_by_size?: boolean;
  memory_step_mb?: number;
  memory_minimum_mb?: number;
  /** What was used is charged, whatever the limit. */
  memory_billed?: 'used';
  /**
   * What memory does to the time of a call, where it does something: CPU grows with it (`mb_per_cpu`
   * are one), goes by the sizes (`cpus_per_unit` of whose units are one), or is set apart from it.
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

/** session.json: one run with everything that it caused. Times in ms since 1970. */
export interface ISession {
  type: 'session';
  format: 1;
  id: string;
  kind: 'composition' | 'sequence' | 'function';
  /** It has no record yet (`end` is null), or something that it started beside itself has none. */
  running: boolean;
  activation: IActivation;
  name: string;
  version: string;
  notebook: string | null;
  cell_id: string | null;
  /** Whether the target still has it, in whatever version. */
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
  /** It caused more, or printed more, than is here. */
  truncated: boolean;
}

/** What a run was given; null where that is not kept. `lacking`: parameters that were redacted. */
export interface IKeptInputAnswer {
  input: { params: JsonObject; lacking: string[] } | null;
}

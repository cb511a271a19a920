/**
 * Wire types of the costs of functions in a period (`cost.json`). Exact amounts are decimal
 * strings, `…_text` is rounded.
 */

export interface ICostsPrices {
  name: string;
  label: string;
  /** `IBM Cloud Functions: $0.000017 per GB-s, 100 ms steps`. */
  text: string;
  /** What determines the CPU; measured durations apply only if it is `same`. */
  speed: string;
  /** The maximum memory of a function. */
  largest_mb: number | null;
  as_of: string;
  source: string;
  note: string;
}

/** One day in the requested time zone; `day` is an ISO date. */
export interface IDayCost {
  day: string;
  runs: number;
  usd: string;
  text: string;
}

/** The monthly budget, and the spending of this month. */
export interface IBudget {
  usd_per_month: string;
  text: string;
  /** Spent this month so far. */
  spent_usd: string;
  spent_text: string;
  /** Estimate for the whole month, from the last seven days. */
  estimate_usd: string;
  estimate_text: string;
  /** Whether the estimate exceeds the budget. */
  over: boolean;
  /** `2026-11`. */
  month: string;
  /** Whether every run is included. */
  complete: boolean;
}

export interface IPriceListName {
  name: string;
  label: string;
  text: string;
  /** Whether it is the default. */
  chosen: boolean;
}

/** An always-on server, paid by the month. */
export interface IAlwaysOn {
  name: string;
  label: string;
  memory_mb: number;
  usd_per_month: string;
  text: string;
  as_of: string;
  source: string;
  /**
   * How reliable the price is. `A`: from the provider; `B`: several sources; `C`: one source; `M`:
   * from memory.
   */
  sure: string;
  note: string;
}

/** The break-even with an always-on server; `calls` are per month. */
export interface IBreakEven extends IAlwaysOn {
  calls: number;
  calls_after_free: number;
  /** Null if the period is too short for a monthly rate. */
  calls_per_month: number | null;
  busy_hours: number;
  /** Whether that many sequential calls fit into a month. */
  reached: boolean;
  /** Cost of the calls at the current rate, as a share of its price. */
  share: number | null;
}

export interface IMemoryAdvice {
  memory_mb: number;
  /** The part above the peak, as a share of the peak. */
  headroom: number;
  least_saved_usd: string;
  least_saved_text: string;
  most_saved_usd: string;
  most_saved_text: string;
  /** Whether the least and the most are equal. */
  certain: boolean;
  slower: number;
  why: string;
}

/** Per million calls. */
export interface IColdStartPrice {
  /** Share of cold starts from 0 to 1: observed, or requested. */
  rate: number;
  cold_per_million_usd: string;
  cold_text: string;
  warm_per_million_usd: string;
  warm_text: string;
  mixed_per_million_usd: string;
  mixed_text: string;
}

export interface IKeepWarm {
  usd_per_month: string;
  text: string;
  /** The provider's own option to keep functions warm; empty if there is none. */
  by: string;
  every_s: number | null;
  /** Keeping it warm with scheduled calls; always set. */
  rule: { every_s: number; usd_per_month: string; text: string };
}

export interface IFunctionCost {
  name: string;
  /** `feed`: the host's action that maintains schedules; listed last. */
  kind: 'function' | 'composition' | 'sequence' | 'feed';
  /** Null if the runs had different sizes, or none is known. */
  memory_mb: number | null;
  calls: number;
  p50_ms: number;
  p95_ms: number;
  cold: number;
  cold_share: number | null;
  gb_seconds: string;
  /** Null for a sequence: its parts are charged. */
  cost_usd: string | null;
  cost_text: string | null;
  per_million_usd: string | null;
  per_million_text: string | null;
  /** Whether the provider of the price list offers that much memory. */
  runnable: boolean;
  peak_mb: number | null;
  /** Number of calls with a known peak. */
  measured: number;
  advice: IMemoryAdvice | null;
  always_on: IBreakEven | null;
  /** Null if all calls were warm, or all were cold. */
  cold_start: IColdStartPrice | null;
  keep_warm: IKeepWarm | null;
}

export interface ICostsTotal {
  calls: number;
  gb_seconds: string;
  cost_usd: string;
  cost_text: string;
  /** Null if the period is too short for a monthly rate. */
  per_month_usd: string | null;
  per_month_text: string | null;
  always_on: IBreakEven | null;
}

export interface ICostsReport {
  since: number;
  until: number;
  as_of: number;
  /** The name of the target. */
  target: string;
  /**
   * Start of the runs that the monthly rate is computed from, ms since 1970; null if there is no
   * rate.
   */
  pace_since: number | null;
  /** `complete`: the report includes every run of the period. */
  seen: { runs: number; complete: boolean; added_up: boolean };
  prices: ICostsPrices;
  price_lists: IPriceListName[];
  references: IAlwaysOn[];
  /** The most expensive first. */
  functions: IFunctionCost[];
  total: ICostsTotal;
  /** The latest days of the period in chronological order; empty if the target cannot list them. */
  days: IDayCost[];
  budget: IBudget | null;
}

/** Times are ms since 1970. The server has a default for each missing property. */
export interface ICostsQuery {
  since?: number;
  prices?: string;
  always_on?: string;
  /** From 0 to 1, or `5%`. */
  cold_rate?: string;
  /** Time zone of the days, in minutes east of UTC. */
  utc_offset?: number;
}

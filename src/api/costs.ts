/**
 * Wire types of the costs of functions in a period (`cost.json`). Exact amounts are decimal
 * strings; `…_text` properties are rounded.
 */

export interface ICostsPrices {
  name: string;
  label: string;
  /** A summary: `IBM Cloud Functions (2018, closed): $0.000017 per GB-s, 100 ms steps`. */
  text: string;
  /** What determines the CPU. Measured durations apply only if this is `same`. */
  speed: string;
  /** The maximum memory of a function in MB; null if unknown. */
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

/** The monthly budget and this month's spending. */
export interface IBudget {
  usd_per_month: string;
  text: string;
  /** The amount spent so far this month. */
  spent_usd: string;
  spent_text: string;
  /** The estimate for the whole month, based on the last seven days. */
  estimate_usd: string;
  estimate_text: string;
  /** Whether the estimate exceeds the budget. */
  over: boolean;
  /** The month: `2026-11`. */
  month: string;
  /** Whether the amounts include every run of the month. */
  complete: boolean;
}

export interface IPriceListName {
  name: string;
  label: string;
  text: string;
  /** Whether this is the default price list. */
  chosen: boolean;
}

/** An always-on server that is paid by the month. */
export interface IAlwaysOn {
  name: string;
  label: string;
  memory_mb: number;
  usd_per_month: string;
  text: string;
  as_of: string;
  source: string;
  /**
   * How reliable the price is: `A` from the provider, `B` from several sources, `C` from one
   * source, `M` from memory.
   */
  sure: string;
  note: string;
}

/** The break-even of a function with an always-on server. `calls` are per month. */
export interface IBreakEven extends IAlwaysOn {
  calls: number;
  calls_after_free: number;
  /**
   * The number of calls per month at the current rate; null if the period is too short for a rate.
   */
  calls_per_month: number | null;
  busy_hours: number;
  /** Whether a month is long enough for this number of calls, one after another. */
  reached: boolean;
  /**
   * The monthly cost of the calls at the current rate, as a share of the server's price; null if
   * there is no rate.
   */
  share: number | null;
}

export interface IMemoryAdvice {
  memory_mb: number;
  /** The memory above the peak, as a share of the peak. */
  headroom: number;
  least_saved_usd: string;
  least_saved_text: string;
  most_saved_usd: string;
  most_saved_text: string;
  /** Whether the minimum and the maximum savings are equal. */
  certain: boolean;
  slower: number;
  why: string;
}

/** The costs of cold and warm calls, per million calls. */
export interface IColdStartPrice {
  /** The share of cold starts from 0 to 1, either observed or requested. */
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
  /** The provider's option that keeps functions warm; empty if there is none. */
  by: string;
  every_s: number | null;
  /** Scheduled calls that keep the function warm; always set. */
  rule: { every_s: number; usd_per_month: string; text: string };
}

export interface IFunctionCost {
  name: string;
  /**
   * The kind of the function. `feed` is the host's action that maintains schedules. Feeds are
   * listed last.
   */
  kind: 'function' | 'composition' | 'sequence' | 'feed';
  /** The memory limit in MB; null if the runs had different limits or none is known. */
  memory_mb: number | null;
  calls: number;
  p50_ms: number;
  p95_ms: number;
  /** The number and share of cold starts; null for compositions, whose functions have entries. */
  cold: number | null;
  cold_share: number | null;
  gb_seconds: string;
  /** The exact cost; null for a sequence, because only the actions that it calls are charged. */
  cost_usd: string | null;
  cost_text: string | null;
  per_million_usd: string | null;
  per_million_text: string | null;
  /** Whether the provider of the price list offers this memory size. */
  runnable: boolean;
  peak_mb: number | null;
  /** The number of calls with a known memory peak. */
  measured: number;
  advice: IMemoryAdvice | null;
  always_on: IBreakEven | null;
  /** The price of cold starts; null if all calls were warm or all calls were cold. */
  cold_start: IColdStartPrice | null;
  keep_warm: IKeepWarm | null;
}

export interface ICostsTotal {
  calls: number;
  gb_seconds: string;
  cost_usd: string;
  cost_text: string;
  /** The cost per month at the current rate; null if the period is too short for a rate. */
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
   * The start of the runs from which the monthly rate is computed, in ms since 1970; null if there
   * is no rate.
   */
  pace_since: number | null;
  /** The runs in the report. `complete` is true if the report includes every run of the period. */
  seen: { runs: number; complete: boolean; added_up: boolean };
  prices: ICostsPrices;
  price_lists: IPriceListName[];
  references: IAlwaysOn[];
  /** The costs by function, the most expensive first. */
  functions: IFunctionCost[];
  total: ICostsTotal;
  /** The latest days of the period in chronological order; empty if the target cannot list them. */
  days: IDayCost[];
  budget: IBudget | null;
}

/**
 * The parameters of a cost report. Times are in ms since 1970. The server has a default for each
 * missing property.
 */
export interface ICostsQuery {
  since?: number;
  prices?: string;
  always_on?: string;
  /** The share of cold starts, from 0 to 1 or as `5%`. */
  cold_rate?: string;
  /** The time zone of the days, in minutes east of UTC. */
  utc_offset?: number;
}

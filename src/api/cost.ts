/** What functions cost in a period: `cost.json`. Exact amounts are decimal text, `…_text` is rounded. */

export interface ICostPrices {
  name: string;
  label: string;
  /** `IBM Cloud Functions: $0.000017 per GB-s, 100 ms steps`. */
  text: string;
  /** What the CPU there comes with; only where it is `same` do measured durations hold as they are. */
  speed: string;
  /** The most memory that a function can have there. */
  largest_mb: number | null;
  as_of: string;
  source: string;
  note: string;
}

export interface IPriceListName {
  name: string;
  label: string;
  text: string;
  /** The one that is used where none is asked for. */
  chosen: boolean;
}

/** Something that is paid for by the month, busy or not. */
export interface IAlwaysOn {
  name: string;
  label: string;
  memory_mb: number;
  usd_per_month: string;
  text: string;
  as_of: string;
  source: string;
  /** `A`: the provider's own words; `B`: several sources; `C`: one; `M`: remembered. */
  sure: string;
  note: string;
}

/** Where something always on becomes cheaper; `calls` are a month's. */
export interface ICrossing extends IAlwaysOn {
  calls: number;
  calls_after_free: number;
  calls_per_month: number;
  busy_hours: number;
  /** Whether calls one at a time can be so many in a month. */
  reached: boolean;
  /** What the calls cost at this pace, of its price. */
  share: number;
}

export interface IMemoryAdvice {
  memory_mb: number;
  /** From 0 to 1, above the peak. */
  headroom: number;
  least_saved_usd: string;
  least_saved_text: string;
  most_saved_usd: string;
  most_saved_text: string;
  /** The least is the most. */
  certain: boolean;
  slower: number;
  why: string;
}

/** Per million calls. */
export interface IColdPrice {
  /** From 0 to 1: what was seen, or asked for. */
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
  /** The provider's own means; empty where calls do it. */
  by: string;
  every_s: number;
}

export interface IFunctionCost {
  name: string;
  kind: 'function' | 'composition' | 'sequence';
  /** Null where its runs had several sizes, or none. */
  memory_mb: number | null;
  calls: number;
  p50_ms: number;
  p95_ms: number;
  cold: number;
  cold_share: number | null;
  gb_seconds: string;
  /** Null of a sequence, which costs what its parts cost. */
  cost_usd: string | null;
  cost_text: string | null;
  per_million_usd: string | null;
  per_million_text: string | null;
  /** Whether the provider of the price list has so much memory. */
  runnable: boolean;
  peak_mb: number | null;
  /** How many calls told their peak. */
  measured: number;
  advice: IMemoryAdvice | null;
  always_on: ICrossing | null;
  /** Null where no call was cold, or none was warm. */
  cold_start: IColdPrice | null;
  keep_warm: IKeepWarm | null;
}

export interface ICostTotal {
  calls: number;
  gb_seconds: string;
  cost_usd: string;
  cost_text: string;
  per_month_usd: string;
  per_month_text: string;
  always_on: ICrossing | null;
}

export interface ICostReport {
  since: number;
  until: number;
  as_of: number;
  /** Its name. */
  target: string;
  /** `complete`: there are no other records in the period. */
  seen: { runs: number; complete: boolean; added_up: boolean };
  prices: ICostPrices;
  price_lists: IPriceListName[];
  references: IAlwaysOn[];
  /** The dearest first. */
  functions: IFunctionCost[];
  total: ICostTotal;
}

/** Times are ms since 1970; what is missing is left to the server. */
export interface ICostQuestion {
  since?: number;
  prices?: string;
  always_on?: string;
  /** From 0 to 1, or `5%`. */
  cold_rate?: string;
}

/** What functions cost in a period: `cost.json`. Exact amounts are decimal text, `…_text` is rounded. */

export interface ICostsPrices {
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

/** A day of the clock that was named; `day` is ISO. */
export interface IDayCost {
  day: string;
  runs: number;
  usd: string;
  text: string;
}

/** What may be spent in a month, and how this one goes. */
export interface IBudget {
  usd_per_month: string;
  text: string;
  /** This month so far. */
  spent_usd: string;
  spent_text: string;
  /** Of the whole month, as the last seven days went. */
  estimate_usd: string;
  estimate_text: string;
  /** The estimate passes it. */
  over: boolean;
  /** `2026-11`. */
  month: string;
  /** No run was left out. */
  complete: boolean;
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
  /** Null where nothing tells a pace. */
  calls_per_month: number | null;
  busy_hours: number;
  /** Whether calls one at a time can be so many in a month. */
  reached: boolean;
  /** What the calls cost at this pace, of its price. */
  share: number | null;
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
  every_s: number | null;
  /** By calls, also where the provider has means of its own. */
  rule: { every_s: number; usd_per_month: string; text: string };
}

export interface IFunctionCost {
  name: string;
  /** `feed`: the host's own, which was told of a schedule; it stands last. */
  kind: 'function' | 'composition' | 'sequence' | 'feed';
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

export interface ICostsTotal {
  calls: number;
  gb_seconds: string;
  cost_usd: string;
  cost_text: string;
  /** Null where nothing tells a pace. */
  per_month_usd: string | null;
  per_month_text: string | null;
  always_on: ICrossing | null;
}

export interface ICostsReport {
  since: number;
  until: number;
  as_of: number;
  /** Its name. */
  target: string;
  /** From when on the runs tell of a month, ms since 1970; null where they do not. */
  pace_since: number | null;
  /** `complete`: there are no other records in the period. */
  seen: { runs: number; complete: boolean; added_up: boolean };
  prices: ICostsPrices;
  price_lists: IPriceListName[];
  references: IAlwaysOn[];
  /** The dearest first. */
  functions: IFunctionCost[];
  total: ICostsTotal;
  /** The newest of the period, the oldest first; none where the target cannot tell. */
  days: IDayCost[];
  budget: IBudget | null;
}

/** Times are ms since 1970; what is missing is left to the server. */
export interface ICostsQuery {
  since?: number;
  prices?: string;
  always_on?: string;
  /** From 0 to 1, or `5%`. */
  cold_rate?: string;
  /** Minutes east of UTC, of the clock whose days are told. */
  utc_offset?: number;
}

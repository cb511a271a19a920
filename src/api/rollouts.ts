/** Wire types of new versions beside a function, and of their comparison with it. */

import type { Json, JsonObject } from './values';

/** The figures of the calls of one version. */
export interface IVersionFigures {
  name: string;
  version: string;
  calls: number;
  failed: number;
  /** Durations of warm calls in ms; null if there were no calls. */
  median_ms: number | null;
  p95_ms: number | null;
  cost_per_million_usd: number | null;
  cost_text: string | null;
}

interface IComparedVersions {
  name: string;
  /** The old version, and the new one. */
  versions: [IVersionFigures, IVersionFigures];
  /** A sentence about the comparison. */
  summary: string;
}

/** A new version that gets a share of the calls. */
export interface ICanary extends IComparedVersions {
  kind: 'canary';
  percent: number;
  sticky: string | null;
  rollback_at: number | null;
  /** Why the new version gets no calls any more; empty if it does. */
  rolled_back: string;
  complete: boolean;
}

interface IShadowRun {
  activation: string;
  ok: boolean;
  result: Json;
}

export interface IDifferingAnswer {
  /** Null if the input is not kept any longer. */
  input: { params: JsonObject } | null;
  then: IShadowRun;
  now: IShadowRun;
  difference: string;
  live: boolean;
}

/** A new version whose answers are only compared. */
export interface IShadow extends IComparedVersions {
  kind: 'shadow';
  compared: number;
  differing: IDifferingAnswer[];
  redacted: number;
}

export type IRollout = ICanary | IShadow;

/** How a roll-out ends. */
export type RolloutEnd = 'promote' | 'discard';

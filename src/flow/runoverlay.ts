/** The data of a run at the nodes of its composition: visits, failures and times. */

import type { ISession, ISessionStep } from '../api/session';

/** Counts occurrences in a run, such as visits of a node. */
export type Count = (run: IRunOverlay) => number;

/** The data of a run at one box. */
export interface IBoxRun {
  visits: number;
  failed: number;
  /** The total duration of the calls; null if the box is not an action or no call has ended. */
  ms: number | null;
  cold: boolean;
  running: boolean;
}

export interface IRunOverlay {
  visits(path: string): number;
  failed(path: string): number;
  at(path: string): IBoxRun;
  /** Whether the run succeeded. */
  succeeded: boolean;
  /** The calls of the whole session, and those among them inside nested compositions. */
  calls: { all: number; nested: number };
}

export interface IRunInputs {
  /** The number of calls of the session. */
  calls: number;
  nodes: ISession['nodes'];
  /** The steps of the composition itself, as returned by {@link ownSteps}. */
  steps: readonly ISessionStep[];
  succeeded: boolean;
}

export function runOverlay({ nodes, steps, succeeded, calls: all }: IRunInputs): IRunOverlay {
  const calls = new Map<string, ISessionStep[]>();
  for (const step of steps) {
    if (step.path !== null) {
      calls.set(step.path, [...(calls.get(step.path) ?? []), step]);
    }
  }
  const of = (path: string) => calls.get(path) ?? [];
  const visits = (path: string) => nodes[path]?.visits ?? of(path).length;
  const failed = (path: string) =>
    nodes[path]?.failed ?? of(path).filter(one => one.end !== null && !one.ok).length;
  return {
    visits,
    failed,
    succeeded,
    calls: { all, nested: Math.max(0, all - steps.filter(one => CALLS.has(one.role)).length) },
    at: path => {
      const made = of(path);
      const ended = made.filter(one => one.duration_ms !== null);
      return {
        visits: visits(path),
        failed: failed(path),
        ms: ended.length > 0 ? ended.reduce((sum, one) => sum + (one.duration_ms ?? 0), 0) : null,
        cold: made.some(one => one.cold),
        running: made.some(one => one.end === null)
      };
    }
  };
}

export function visitsOf(path: string): Count {
  return run => run.visits(path);
}

/** Return a counter of the visits to a node that did not fail there. */
export function successesOf(path: string): Count {
  return run => Math.max(0, run.visits(path) - run.failed(path));
}

export function minimumOf(...counts: Count[]): Count {
  return run => Math.min(...counts.map(count => count(run)));
}

/** The roles of steps that count as calls (`is_call` in Python). */
const CALLS = new Set(['action', 'composition', 'sequence']);

/** The roles of steps that have their own records but belong to the same composition. */
const SAME_COMPOSITION = new Set(['branch', 'async']);

/**
 * Return the steps of the session's own composition, including its branches. Steps of a nested
 * composition are left out, because their paths refer to another graph.
 */
export function ownSteps({ id, steps }: Pick<ISession, 'id' | 'steps'>): ISessionStep[] {
  const inside = new Set([id]);
  for (const step of steps) {
    if (SAME_COMPOSITION.has(step.role) && inside.has(step.parent)) {
      inside.add(step.id);
    }
  }
  return steps.filter(step => inside.has(step.parent));
}

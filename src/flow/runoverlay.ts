/** What one run did to the nodes of its composition. */

import type { ISession, ISessionStep } from '../api/session';

/** How often something happened in a run. */
export type Count = (run: IRun) => number;

/** What is known of a run at one box. */
export interface IBoxRun {
  visits: number;
  failed: number;
  /** Of all its calls together; null of a box that is no call, or while none has ended. */
  ms: number | null;
  cold: boolean;
  running: boolean;
}

export interface IRun {
  visits(path: string): number;
  failed(path: string): number;
  at(path: string): IBoxRun;
  /** It ended, and well. */
  succeeded: boolean;
}

export interface IRunFacts {
  nodes: ISession['nodes'];
  /** Those of the composition itself, as {@link ownSteps} finds them. */
  steps: readonly ISessionStep[];
  succeeded: boolean;
}

export function runOf({ nodes, steps, succeeded }: IRunFacts): IRun {
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

export function entered(path: string): Count {
  return run => run.visits(path);
}

/** Come to, and not failed there. */
export function left(path: string): Count {
  return run => Math.max(0, run.visits(path) - run.failed(path));
}

export function least(...counts: Count[]): Count {
  return run => Math.min(...counts.map(count => count(run)));
}

/** Roles of what goes on in a record of its own, with the same composition. */
const CONTINUED = new Set(['branch', 'async']);

/**
 * The steps of the session's own composition: branches are part of it, what a nested composition
 * did is not, because its paths are those of another graph.
 */
export function ownSteps({ id, steps }: Pick<ISession, 'id' | 'steps'>): ISessionStep[] {
  const inside = new Set([id]);
  for (const step of steps) {
    if (CONTINUED.has(step.role) && inside.has(step.parent)) {
      inside.add(step.id);
    }
  }
  return steps.filter(step => inside.has(step.parent));
}

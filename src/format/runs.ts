import type { IActivationSummary } from '../api/types';

/**
 * Return when a run ended, in ms since 1970. For a fired trigger, which has no end, return the
 * start.
 */
export function endTime({ start, end }: IActivationSummary): number {
  return end ?? start;
}

/** Return whether an activation is that of a fired trigger, for which nothing ran itself. */
export function isTrigger({ kind, end }: IActivationSummary): boolean {
  return kind === null && end === null;
}

/** Return `cold` or `warm`, or the kind of a run that did not need a container. */
export function startKind({ cold, kind, composition }: IActivationSummary): string {
  if (cold) {
    return 'cold';
  }
  if (kind === null) {
    return 'trigger';
  }
  if (kind === 'sequence') {
    return composition ? 'composition' : kind;
  }
  return 'warm';
}

/**
 * Merge two lists of activations, the newest first. One list has the top-level runs. From the other,
 * the runs that others caused are taken, which show which sessions are still running, and fired
 * triggers.
 */
export function mergeActivations(
  latest: readonly IActivationSummary[],
  tops: readonly IActivationSummary[]
): IActivationSummary[] {
  return [...tops, ...latest.filter(one => one.cause !== null || isTrigger(one))].sort(
    (one, other) => other.start - one.start
  );
}

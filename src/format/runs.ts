import type { IActivationSummary } from '../api/types';

/**
 * Return when a run ended, in ms since 1970. For a fired trigger, which has no end, return the
 * start.
 */
export function endTime({ start, end }: IActivationSummary): number {
  return end ?? start;
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
 * Merge two lists of activations, the newest first. One list has the top-level runs. The other has
 * the latest runs that others caused, which show which sessions are still running.
 */
export function mergeActivations(
  latest: readonly IActivationSummary[],
  tops: readonly IActivationSummary[]
): IActivationSummary[] {
  return [...tops, ...latest.filter(one => one.cause !== null)].sort(
    (one, other) => other.start - one.start
  );
}

import type { IActivationSummary } from '../api/types';

/** Return when a run ended, ms since 1970. A fired trigger has no end; its start counts. */
export function endTime({ start, end }: IActivationSummary): number {
  return end ?? start;
}

/** Return `cold` or `warm`, or the kind of a run that needed no container. */
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
 * Merge two lists, newest first: top-level runs, and the latest runs that others caused. The latter
 * show which sessions are still running.
 */
export function mergeActivations(
  latest: readonly IActivationSummary[],
  tops: readonly IActivationSummary[]
): IActivationSummary[] {
  return [...tops, ...latest.filter(one => one.cause !== null)].sort(
    (one, other) => other.start - one.start
  );
}

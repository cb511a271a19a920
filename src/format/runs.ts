import type { IActivationSummary } from '../api/types';

/** When a run ended, epoch ms; a trigger that was fired ends as it begins. */
export function ended({ start, end }: IActivationSummary): number {
  return end ?? start;
}

/** How a run began: `cold` or `warm`, or what it is where no container was needed. */
export function began({ cold, kind, composition }: IActivationSummary): string {
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
 * The latest runs, newest first: those that are part of no other, of which there may be few among
 * the very latest, and those that others have caused lately, which tell of what runs still.
 */
export function joined(
  latest: readonly IActivationSummary[],
  tops: readonly IActivationSummary[]
): IActivationSummary[] {
  return [...tops, ...latest.filter(one => one.cause !== null)].sort(
    (one, other) => other.start - one.start
  );
}

import type { IActivationSummary } from './api/types';

/** When a run ended, epoch ms; a trigger that was fired ends as it begins. */
export function ended({ start, end }: IActivationSummary): number {
  return end ?? start;
}

/** How a run began: `cold` or `warm`, or what it is where no container was needed. */
export function began({ cold, kind }: IActivationSummary): string {
  if (cold) {
    return 'cold';
  }
  if (kind === null) {
    return 'trigger';
  }
  return kind === 'sequence' ? kind : 'warm';
}

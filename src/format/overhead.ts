/**
 * The runs of a composition's engine, which are charged but are not calls. The sidebar, the tabs of a
 * session and its costs count them in the same words, so this is a module of its own. Pure functions.
 */

import type { ISessionStep } from '../api/session';
import { plural } from './format';

type IRole = Pick<ISessionStep, 'role'>;

/** Return whether a step is part of a composition's engine: a run of a conductor, or a wait. */
export function isOverhead({ role }: IRole): boolean {
  return role === 'conductor' || role === 'wait';
}

/**
 * Return how many runs of an engine `steps` contains, such as `6 conductor runs` or
 * `3 conductor runs, 1 continuation`. The words differ from those for calls, so that a reader does
 * not compare the two numbers.
 */
export function overheadCount(steps: readonly IRole[]): string {
  const waits = steps.filter(({ role }) => role === 'wait').length;
  const conductors = steps.length - waits;
  return [
    ...(conductors > 0 ? [plural(conductors, 'conductor run')] : []),
    ...(waits > 0 ? [plural(waits, 'continuation')] : [])
  ].join(', ');
}

/** A sentence that says what the runs of {@link overheadCount} are. */
export const OVERHEAD_HINT =
  'A composition’s conductor runs before, between and after the calls to decide what to call next. ' +
  'These runs are part of the cost, but they are not calls.';

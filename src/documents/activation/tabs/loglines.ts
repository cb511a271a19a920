/** The log lines of all steps, merged by time and filtered. Pure functions. */

import type { ISession, ISessionLogLine } from '../../../api/session';
import { isOverhead } from '../../../format/overhead';
import { ordinal } from '../steptree';

/** Options of the filter that are not ids of steps. `ALL` includes the lines of the conductor. */
export const ALL = '';
export const CALLS_ONLY = 'calls';

export interface ILogChoice {
  value: string;
  label: string;
}

/**
 * Return the options of the log filter: all calls, all calls and the conductor (if it has lines), and
 * each step that has log lines. Steps with the same name are numbered.
 */
export function logChoices(session: ISession): ILogChoice[] {
  const printed = new Set(session.logs.map(line => line.step));
  const steps = session.steps.filter(step => printed.has(step.id));
  const calls = steps.filter(step => !isOverhead(step));
  const counts = new Map<string, number>();
  const named = steps.map(step => {
    const nth = (counts.get(step.name) ?? 0) + 1;
    counts.set(step.name, nth);
    return { step, nth };
  });
  return [
    { value: CALLS_ONLY, label: 'All calls' },
    ...(calls.length < steps.length ? [{ value: ALL, label: 'All calls and the conductor' }] : []),
    ...named.map(({ step, nth }) => ({
      value: step.id,
      label: (counts.get(step.name) ?? 0) > 1 ? `${step.name}, ${ordinal(nth)}` : step.name
    }))
  ];
}

/**
 * Return the lines of a choice, which is {@link ALL}, {@link CALLS_ONLY} or the id of a step, sorted
 * by time. The sort is stable, so that lines with equal times keep their order.
 */
export function linesOf(session: ISession, step: string): ISessionLogLine[] {
  const overhead = overheadIds(session);
  return session.logs
    .filter(
      line => step === ALL || (step === CALLS_ONLY ? !overhead.has(line.step) : line.step === step)
    )
    .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
}

/** Return the lines whose text, or the name of whose step, contains some words. */
export function matchingLines(
  session: ISession,
  lines: readonly ISessionLogLine[],
  words: string
): readonly ISessionLogLine[] {
  const wanted = words.trim().toLowerCase();
  return wanted === ''
    ? lines
    : lines.filter(
        line =>
          line.text.toLowerCase().includes(wanted) ||
          stepName(session, line).toLowerCase().includes(wanted)
      );
}

/** Return the number of lines that calls printed, without those of the conductor. */
export function callLineCount(session: ISession): number {
  const overhead = overheadIds(session);
  return session.logs.filter(line => !overhead.has(line.step)).length;
}

/** Return the ids of conductor runs and no-op activations. */
export function overheadIds({ steps }: ISession): ReadonlySet<string> {
  return new Set(steps.filter(isOverhead).map(one => one.id));
}

export function stepName(session: ISession, { step }: ISessionLogLine): string {
  return session.steps.find(one => one.id === step)?.name ?? session.name;
}

/** Return the lines as text for the clipboard. */
export function logText(session: ISession, lines: readonly ISessionLogLine[]): string {
  return lines
    .map(line => `${line.time} ${stepName(session, line)} ${line.stream}: ${line.text}`)
    .join('\n');
}

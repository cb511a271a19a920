/** The lines of all steps, merged by time, and which of them are shown. Pure. */

import type { ISession, ISessionLogLine } from '../../../api/session';
import { ordinal } from '../steptree';

/** Choices of the filter that are no step. */
export const ALL = '';
export const CALLS_ONLY = 'calls';

export interface ILogFilter {
  words: string;
  /** {@link ALL}, {@link CALLS_ONLY}, or a step's id. */
  step: string;
}

export interface ILogChoice {
  value: string;
  label: string;
}

/** The steps that printed something. Those that share a name are told apart by their order. */
export function logChoices(session: ISession): ILogChoice[] {
  const printed = new Set(session.logs.map(line => line.step));
  const steps = session.steps.filter(step => printed.has(step.id));
  const calls = steps.filter(step => step.role !== 'conductor' && step.role !== 'wait');
  const counts = new Map<string, number>();
  const named = steps.map(step => {
    const nth = (counts.get(step.name) ?? 0) + 1;
    counts.set(step.name, nth);
    return { step, nth };
  });
  return [
    { value: ALL, label: 'All calls' },
    ...(calls.length > 0 && calls.length < steps.length
      ? [{ value: CALLS_ONLY, label: 'Without the conductor' }]
      : []),
    ...named.map(({ step, nth }) => ({
      value: step.id,
      label: (counts.get(step.name) ?? 0) > 1 ? `${step.name}, ${ordinal(nth)}` : step.name
    }))
  ];
}

/** Stable: lines of one moment stay in the order in which they came. */
export function shownLines(session: ISession, { words, step }: ILogFilter): ISessionLogLine[] {
  const wanted = words.trim().toLowerCase();
  const overhead = overheadOf(session);
  return session.logs
    .filter(
      line => step === ALL || (step === CALLS_ONLY ? !overhead.has(line.step) : line.step === step)
    )
    .filter(
      line =>
        wanted === '' ||
        line.text.toLowerCase().includes(wanted) ||
        nameOf(session, line).toLowerCase().includes(wanted)
    )
    .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
}

/** The runs of conductors, and the hand-overs. */
export function overheadOf({ steps }: ISession): ReadonlySet<string> {
  const own = steps.filter(one => one.role === 'conductor' || one.role === 'wait');
  return new Set(own.map(one => one.id));
}

export function nameOf(session: ISession, { step }: ISessionLogLine): string {
  return session.steps.find(one => one.id === step)?.name ?? session.name;
}

/** As text, for the clipboard. */
export function logText(session: ISession, lines: readonly ISessionLogLine[]): string {
  return lines
    .map(line => `${line.time} ${nameOf(session, line)} ${line.stream}: ${line.text}`)
    .join('\n');
}

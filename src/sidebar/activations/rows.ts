/**
 * The rows of the list of activations, as a tree of sessions and their steps. Pure functions.
 *
 * OpenWhisk's list is flat. It does not contain the record of a running session, but it contains
 * the session's steps, which have the session's id as their cause. {@link topLevel} derives the
 * sessions from these steps. {@link stepRows} adds the steps of an expanded session.
 */

import type { ISession, ISessionStep, StepRole } from '../../api/session';
import type { IActivationSummary } from '../../api/types';
import { ageInWords, duration, plural } from '../../format/format';
import { amount, sum, usd } from '../../format/money';
import { isOverhead, overheadCount } from '../../format/overhead';
import { endTime } from '../../format/runs';

/** The prefix of the ids of rows that sum up conductor runs. */
const CONDUCTORS_ID_PREFIX = 'conductors of ';

/**
 * The kind of a row. A `session` expands to its steps, a `run` to its record, and `conductors` to
 * the conductor runs of a session.
 */
export type RowKind = 'session' | 'run' | 'conductors';

export interface IActivationRow {
  /** A unique id in the tree. For a run, it is the activation id. */
  id: string;
  /**
   * The displayed name. It differs from the action name for a branch, which has the same action
   * name as its session.
   */
  name: string;
  level: number;
  kind: RowKind;
  /** The activation of the row. For `conductors`, it is the first run. */
  entry: IActivationSummary;
  running: boolean;
  /** The role of a step, and the number of the call at its node. */
  role: StepRole | null;
  nth: number | null;
  /** The number of runs in a row of `conductors`. */
  count: number;
  costText: string | null;
  /** The number of calls in a session; null if not known yet. */
  calls: number | null;
  cold: boolean;
}

/**
 * Return whether an activation is a session. In OpenWhisk, compositions have the kind `sequence`.
 */
export function isSession(entry: IActivationSummary): boolean {
  return entry.kind === 'sequence';
}

export interface ITopLevel {
  entries: IActivationSummary[];
  /** The ids of sessions to load because rows depend on them. */
  wanted: string[];
}

/**
 * Return the top-level activations and the running sessions. Running sessions are found through
 * their steps. Their ids are in `wanted` until `known` returns the sessions, unless `gone` returns
 * true for an id.
 */
export function topLevel(
  entries: readonly IActivationSummary[],
  known: (id: string) => ISession | null,
  gone: (id: string) => boolean
): ITopLevel {
  const tops = entries.filter(one => one.cause === null);
  const wanted: string[] = [];
  const running: IActivationSummary[] = [];
  for (const [cause, caused] of groupByMissingCause(entries)) {
    const session = known(cause);
    if (session !== null) {
      if (session.running && session.activation.cause === null) {
        running.push(session.activation);
      }
      continue;
    }
    // The missing cause may be a branch of a listed session, because branches are not listed.
    const whole = tops.find(one => isSession(one) && caused.some(part => mayBelongTo(part, one)));
    const explains = whole !== undefined && known(whole.id) === null && !gone(whole.id);
    wanted.push(explains ? whole.id : cause);
  }
  const all = [...running, ...tops];
  const parts = new Set(all.flatMap(one => known(one.id)?.steps.map(step => step.id) ?? []));
  return {
    entries: all.filter(one => !parts.has(one.id)).sort((one, other) => other.start - one.start),
    // Load only one session at a time, because it may resolve the other missing causes.
    wanted: wanted.filter(id => !parts.has(id) && !gone(id)).slice(0, 1)
  };
}

/** Group activations by causes that are not in the list, the earliest cause first. */
function groupByMissingCause(
  entries: readonly IActivationSummary[]
): Map<string, IActivationSummary[]> {
  const listed = new Set(entries.map(one => one.id));
  const found = new Map<string, IActivationSummary[]>();
  for (const one of [...entries].reverse()) {
    if (one.cause !== null && !listed.has(one.cause)) {
      found.set(one.cause, [...(found.get(one.cause) ?? []), one]);
    }
  }
  return found;
}

/**
 * Return whether a run may belong to a branch of a session, whose conductor has the session's name.
 */
function mayBelongTo(part: IActivationSummary, session: IActivationSummary): boolean {
  return (
    part.name === session.name &&
    part.start >= session.start &&
    part.start <= (session.end ?? Infinity)
  );
}

/** Return the row of a top-level activation; `session` is null until it is loaded. */
export function topRow(entry: IActivationSummary, session: ISession | null): IActivationRow {
  return {
    id: entry.id,
    name: entry.name,
    level: 1,
    // A session without known steps is shown as a run with its own record.
    kind: isSession(entry) && (session === null || hasSteps(session)) ? 'session' : 'run',
    entry,
    running: entry.status === 'running' || (session?.running === true && entry.end === null),
    role: null,
    nth: null,
    count: 1,
    costText: session !== null ? session.cost.text : entry.cost_text,
    calls: isSession(entry) ? (session?.calls ?? entry.calls ?? null) : null,
    cold: entry.cold || session?.cold === true
  };
}

function hasSteps({ running, steps }: ISession): boolean {
  return running || steps.length > 0;
}

/**
 * Return the rows below `parent` in a session. Rows are expanded where `opened` returns true, and
 * conductor runs come last.
 */
export function stepRows(
  session: ISession,
  parent: string,
  level: number,
  opened: (id: string) => boolean
): IActivationRow[] {
  const mine = session.steps.filter(step => step.parent === parent);
  const inner = mine.filter(isOverhead);
  const rows = mine
    .filter(step => !isOverhead(step))
    .flatMap(step => {
      const row = stepRow(session, step, level);
      const below =
        row.kind === 'session' && opened(step.id)
          ? stepRows(session, step.id, level + 1, opened)
          : [];
      return [row, ...below];
    });
  const [first] = inner;
  if (first === undefined) {
    return rows;
  }
  const id = CONDUCTORS_ID_PREFIX + parent;
  const fold: IActivationRow = {
    ...stepRow(session, first, level),
    id,
    name: overheadCount(inner),
    kind: 'conductors',
    role: null,
    nth: null,
    count: inner.length,
    costText: sumText(inner.map(step => step.cost_per_million_usd)),
    cold: false
  };
  const folded = opened(id) ? inner.map(step => stepRow(session, step, level + 1)) : [];
  return [...rows, fold, ...folded];
}

function stepRow(session: ISession, step: ISessionStep, level: number): IActivationRow {
  const below = session.steps.filter(other => other.parent === step.id);
  return {
    id: step.id,
    name: nameOf(step),
    level,
    kind: below.length > 0 ? 'session' : 'run',
    entry: step,
    running: step.end === null && step.status === 'running',
    role: step.role,
    nth: step.nth,
    count: 1,
    costText:
      step.cost_text ?? sumText(runsBelow(session, step.id).map(one => one.cost_per_million_usd)),
    calls: null,
    cold: step.cold
  };
}

function nameOf({ role, name, nth }: ISessionStep): string {
  switch (role) {
    case 'branch':
      return nth === null ? 'branch' : `branch ${nth}`;
    case 'async':
      return 'asynchronous';
    default:
      return name;
  }
}

/** Return all steps below a step. */
function runsBelow(session: ISession, id: string): ISessionStep[] {
  return session.steps
    .filter(step => step.parent === id && step.id !== id)
    .flatMap(step => [step, ...runsBelow(session, step.id)]);
}

/**
 * Return the ids to expand, from the top, to make a step visible. Return null if the session does
 * not contain the step.
 */
export function pathTo(session: ISession, id: string): string[] | null {
  const step = session.steps.find(one => one.id === id);
  if (step === undefined) {
    return id === session.id ? [] : null;
  }
  const above = step.parent === id ? [] : pathTo(session, step.parent);
  if (above === null) {
    return null;
  }
  const fold = isOverhead(step) ? [CONDUCTORS_ID_PREFIX + step.parent] : [];
  return [...above, step.parent, ...fold];
}

/**
 * Return the sum of the known amounts, added exactly and rounded once. Return null if no amount is
 * known.
 */
function sumText(amounts: readonly (string | null)[]): string | null {
  const known = amounts.filter(one => one !== null);
  return known.length === 0 ? null : usd(sum(known.map(amount)));
}

/** Return the accessible name of a row. */
export function rowLabel(row: IActivationRow, now: number): string {
  const { entry, name, kind, running } = row;
  if (kind === 'conductors') {
    return [name, price(row)].filter(Boolean).join(', ');
  }
  return [
    name,
    row.role !== 'branch' && row.nth !== null && row.nth > 1 ? `call ${row.nth}` : '',
    running ? 'running' : entry.ok ? 'succeeded' : 'failed',
    entry.error ?? '',
    row.calls === null ? '' : plural(row.calls, 'call'),
    row.cold ? 'cold start' : '',
    entry.duration_ms === null ? '' : duration(entry.duration_ms),
    price(row),
    row.level === 1 ? ageInWords(endTime(entry), now) : ''
  ]
    .filter(Boolean)
    .join(', ');
}

function price({ costText }: IActivationRow): string {
  return costText === null ? '' : `${costText} per million calls`;
}

/** The runs on a target as a tree: each session once, what it caused below it. Pure. */

import type { ISession, ISessionStep, StepRole } from '../../api/session';
import type { IActivationSummary } from '../../api/types';
import { ageInWords, duration, plural } from '../../format/format';
import { amount, sum, usd } from '../../format/money';
import { ended } from '../../format/runs';

/** Where rows that stand for no single run get their ids from. */
const CONDUCTORS = 'conductors of ';

/** The conductor's own runs and its waiting: part of the price, not of the story. */
const INNER: ReadonlySet<StepRole> = new Set<StepRole>(['conductor', 'wait']);

/** `session`: opens to its steps; `run`: opens to its record; `conductors`: folds a session's inner runs. */
export type RowKind = 'session' | 'run' | 'conductors';

export interface IActivationRow {
  /** Unique in the tree; of a run its activation id. */
  id: string;
  /** As shown; of a branch not the action's, which is its session's. */
  name: string;
  level: number;
  kind: RowKind;
  /** Of a fold: of the first run in it. */
  entry: IActivationSummary;
  running: boolean;
  /** Of a step: what it is to its session, and the how-manieth call at its node. */
  role: StepRole | null;
  nth: number | null;
  /** Of a fold: how many runs are in it. */
  count: number;
  costText: string | null;
  /** Calls of functions in a session; null where it is not known yet. */
  calls: number | null;
  cold: boolean;
}

/** A record of a sequence or composition has no run of its own: what it caused has. */
export function isSession(entry: IActivationSummary): boolean {
  return entry.kind === 'sequence';
}

export interface ITopLevel {
  entries: IActivationSummary[];
  /** Sessions to ask for, since rows depend on them. */
  wanted: string[];
}

/**
 * What stands at the top: what nobody caused, and the sessions that run still. These are known by
 * what they caused so far, and are `wanted` until `known` has them, or they are `gone`.
 */
export function topLevel(
  entries: readonly IActivationSummary[],
  known: (id: string) => ISession | null,
  gone: (id: string) => boolean
): ITopLevel {
  const tops = entries.filter(one => one.cause === null);
  const wanted: string[] = [];
  const running: IActivationSummary[] = [];
  for (const [cause, caused] of families(entries)) {
    const session = known(cause);
    if (session !== null) {
      if (session.running && session.activation.cause === null) {
        running.push(session.activation);
      }
      continue;
    }
    // A listed session may have branches, which are not listed themselves.
    const whole = tops.find(one => isSession(one) && caused.some(part => isWithin(part, one)));
    const explains = whole !== undefined && known(whole.id) === null && !gone(whole.id);
    wanted.push(explains ? whole.id : cause);
  }
  const all = [...running, ...tops];
  const parts = new Set(all.flatMap(one => known(one.id)?.steps.map(step => step.id) ?? []));
  return {
    entries: all.filter(one => !parts.has(one.id)).sort((one, other) => other.start - one.start),
    // The first may explain the others.
    wanted: wanted.filter(id => !parts.has(id) && !gone(id)).slice(0, 1)
  };
}

/** What was caused by runs that are not in the list, by the cause; the first cause first. */
function families(entries: readonly IActivationSummary[]): Map<string, IActivationSummary[]> {
  const listed = new Set(entries.map(one => one.id));
  const found = new Map<string, IActivationSummary[]>();
  for (const one of [...entries].reverse()) {
    if (one.cause !== null && !listed.has(one.cause)) {
      found.set(one.cause, [...(found.get(one.cause) ?? []), one]);
    }
  }
  return found;
}

/** Whether a run may be of the conductor of a session's branch: it bears the session's name. */
function isWithin(part: IActivationSummary, session: IActivationSummary): boolean {
  return (
    part.name === session.name &&
    part.start >= session.start &&
    part.start <= (session.end ?? Infinity)
  );
}

/** The row of a run at the top; `session` as far as it is known. */
export function topRow(entry: IActivationSummary, session: ISession | null): IActivationRow {
  return {
    id: entry.id,
    name: entry.name,
    level: 1,
    // Where nothing is known of its steps, its own record is what there is to show.
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

/** The rows below `parent` in a session, opened where `opened` says so; its inner runs last. */
export function stepRows(
  session: ISession,
  parent: string,
  level: number,
  opened: (id: string) => boolean
): IActivationRow[] {
  const mine = session.steps.filter(step => step.parent === parent);
  const inner = mine.filter(step => INNER.has(step.role));
  const rows = mine
    .filter(step => !INNER.has(step.role))
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
  const id = CONDUCTORS + parent;
  const fold: IActivationRow = {
    ...stepRow(session, first, level),
    id,
    name: `${inner.length} conductor ${inner.length === 1 ? 'step' : 'steps'}`,
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
      step.cost_text ?? sumText(runsWithin(session, step.id).map(one => one.cost_per_million_usd)),
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

/** All runs below a step, however deep. */
function runsWithin(session: ISession, id: string): ISessionStep[] {
  return session.steps
    .filter(step => step.parent === id && step.id !== id)
    .flatMap(step => [step, ...runsWithin(session, step.id)]);
}

/** What has to be opened, from the top down, for the row of a run to be seen; null: not in it. */
export function wayTo(session: ISession, id: string): string[] | null {
  const step = session.steps.find(one => one.id === id);
  if (step === undefined) {
    return id === session.id ? [] : null;
  }
  const above = step.parent === id ? [] : wayTo(session, step.parent);
  if (above === null) {
    return null;
  }
  const fold = INNER.has(step.role) ? [CONDUCTORS + step.parent] : [];
  return [...above, step.parent, ...fold];
}

/** The exact sum of what is known, rounded once; null where nothing is. */
function sumText(amounts: readonly (string | null)[]): string | null {
  const known = amounts.filter(one => one !== null);
  return known.length === 0 ? null : usd(sum(known.map(amount)));
}

/** A row in one sentence, for those who hear it. */
export function rowLabel(row: IActivationRow, now: number): string {
  const { entry, name, kind, running } = row;
  if (kind === 'conductors') {
    return [name, price(row)].filter(Boolean).join(', ');
  }
  return [
    name,
    row.role !== 'branch' && row.nth !== null && row.nth > 1 ? `call ${row.nth}` : '',
    running ? 'running' : entry.ok ? 'succeeded' : 'failed',
    row.calls === null ? '' : plural(row.calls, 'call'),
    row.cold ? 'cold start' : '',
    entry.duration_ms === null ? '' : duration(entry.duration_ms),
    price(row),
    row.level === 1 ? ageInWords(ended(entry), now) : ''
  ]
    .filter(Boolean)
    .join(', ');
}

function price({ costText }: IActivationRow): string {
  return costText === null ? '' : `${costText} per million calls`;
}

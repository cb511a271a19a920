/** The runs on a target as a tree: each session once, what it caused below it. Pure. */

import type { ISession, ISessionStep, StepRole } from '../../api/session';
import type { IActivationSummary } from '../../api/types';
import { sumText } from '../../money';

/** Where rows that stand for no single run get their ids from. */
const CONDUCTORS = 'conductors of ';

/** The conductor's own runs and its waiting: part of the price, not of the story. */
const INNER: ReadonlySet<StepRole> = new Set<StepRole>(['conductor', 'wait']);

/** `session`: opens to its steps; `run`: opens to its record; `conductors`: folds a session's inner runs. */
export type RowKind = 'session' | 'run' | 'conductors';

export interface IActivationRow {
  /** Unique in the tree; of a run its activation id. */
  id: string;
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
 * What stands at the top: runs that nobody caused. A run whose cause is no longer (or not yet) in
 * the list is stood for by its session, which `known` tells or `wanted` asks for.
 */
export function topLevel(
  entries: readonly IActivationSummary[],
  known: (id: string) => ISession | null,
  failed: (id: string) => boolean
): ITopLevel {
  const listed = new Map(entries.map(one => [one.id, one]));
  const wanted = new Set<string>();
  const origin = (one: IActivationSummary): IActivationSummary | null => {
    const passed = new Set<string>();
    let current = one;
    while (current.cause !== null && !passed.has(current.id)) {
      passed.add(current.id);
      const next = listed.get(current.cause) ?? known(current.cause)?.activation;
      if (next === undefined) {
        if (failed(current.cause)) {
          return current;
        }
        wanted.add(current.cause);
        return null;
      }
      current = next;
    }
    return current;
  };
  const tops = new Map<string, IActivationSummary>();
  for (const one of entries) {
    const top = origin(one);
    if (top !== null && !tops.has(top.id)) {
      tops.set(top.id, top);
    }
  }
  // A branch is a call like any other on the wire; only its session knows that it is one.
  const branches = new Set<string>();
  for (const top of tops.values()) {
    for (const step of known(top.id)?.steps ?? []) {
      branches.add(step.id);
    }
    if (isSession(top) && mayHaveBranches(top, [...tops.values()])) {
      wanted.add(top.id);
    }
  }
  return {
    entries: [...tops.values()].filter(one => !branches.has(one.id)),
    wanted: [...wanted].filter(id => known(id) === null && !failed(id))
  };
}

/** Branches are calls of the composition itself that begin while it runs. */
function mayHaveBranches(
  session: IActivationSummary,
  others: readonly IActivationSummary[]
): boolean {
  return others.some(
    other =>
      other.id !== session.id &&
      other.name === session.name &&
      other.start >= session.start &&
      other.start <= (session.end ?? Infinity)
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
    running: session?.running === true && entry.end === null,
    role: null,
    nth: null,
    count: 1,
    costText: session !== null ? session.cost.text : entry.cost_text,
    calls: isSession(entry) ? (session?.calls ?? null) : null,
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
    name: step.name,
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

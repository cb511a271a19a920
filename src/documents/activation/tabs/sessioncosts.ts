/** What a session cost, line by line, and what it would with another memory size. Pure. */

import type { ISession, ISessionStep } from '../../../api/session';
import {
  amount,
  billedMs,
  cpusOf,
  minus,
  perMillion,
  ratio,
  sum,
  ZERO,
  type IAmount
} from '../../../format/money';
import { costOf, ownRuns, type IStepNode } from '../steptree';

export interface ICostLine {
  id: string;
  name: string;
  /** `7 steps`, `3 hand-overs`, for runs that are charged together; else empty. */
  note: string;
  /** Null where they had different ones. */
  memoryMb: number | null;
  durationMs: number | null;
  billedMs: number | null;
  /** Null where nothing tells yet. */
  cost: IAmount | null;
  /** Of the whole, from 0 to 1. */
  share: number;
  steps: ISessionStep[];
}

/** Calls in their order, then for each conductor its runs in one line, and the waiting. */
export function costLines(session: ISession, tree: IStepNode): ICostLine[] {
  const whole = totalOf(session, tree);
  const runs = ownRuns(tree);
  const calls = runs.filter(step => !isOverhead(step));
  const together = new Map<string, ISessionStep[]>();
  for (const step of runs.filter(isOverhead)) {
    const key = `${step.role} ${step.name}`;
    together.set(key, [...(together.get(key) ?? []), step]);
  }
  return [
    ...calls.map(step => lineOf([step], '', whole)),
    ...[...together.values()].map(steps => lineOf(steps, noteOf(steps), whole))
  ];
}

/** The exact sum. */
export function totalOf({ cost }: ISession, tree: IStepNode): IAmount {
  return cost.per_million_usd === null
    ? sum(ownRuns(tree).map(costOf))
    : amount(cost.per_million_usd);
}

export interface IWhatIf {
  /** Of a million sessions, with the other memory size. */
  total: IAmount;
  /** Less than nothing where it costs more. */
  saves: IAmount;
  /** Of the whole, from 0 to 1. */
  share: number;
}

/**
 * How many times as long calls may take with the other size: those that compute on one core, where
 * memory brings CPU. 1 where it does not matter.
 */
export function slowerWith(session: ISession, beforeMb: number, afterMb: number): number {
  const [before, after] = [cpusOf(session.prices, beforeMb), cpusOf(session.prices, afterMb)];
  return before === null || after === null ? 1 : Math.min(before, 1) / Math.min(after, 1);
}

/** The most memory that a call of the line's function used; null where the target does not tell. */
export function peakOf(tree: IStepNode, line: ICostLine): number | null {
  const peaks = sameFunction(tree, line).flatMap(step => step.peak_mb ?? []);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/**
 * Another memory size for the function of a line, in all of its calls, when these take `slower`
 * times as long.
 */
export function whatIf(
  session: ISession,
  tree: IStepNode,
  line: ICostLine,
  memoryMb: number,
  slower = 1
): IWhatIf {
  if (session.prices.memory_billed === 'used') {
    // The limit changes nothing.
    return { total: totalOf(session, tree), saves: ZERO, share: 0 };
  }
  const calls = sameFunction(tree, line);
  const now = sum(calls.map(costOf));
  const then = sum(
    calls.map(step =>
      step.billed_ms === null
        ? ZERO
        : perMillion(session.prices, memoryMb, billedThen(session, step, step.billed_ms, slower))
    )
  );
  const whole = totalOf(session, tree);
  const saves = minus(now, then);
  const share = ratio(saves, whole);
  return { total: minus(whole, saves), saves, share: Math.abs(share) };
}

function billedThen(
  { prices }: ISession,
  { duration_ms: duration }: ISessionStep,
  billed: number,
  slower: number
): number {
  // A quotient of floats is a hair above the whole number that it should be.
  return slower === 1 ? billed : billedMs(prices, Math.ceil((duration ?? billed) * slower - 1e-6));
}

/** Every call that a change of the line's function would change. */
export function sameFunction(tree: IStepNode, line: ICostLine): ISessionStep[] {
  return ownRuns(tree).filter(step => step.name === line.name);
}

/** The next multiple of `by` in a direction, within the bounds. */
export function stepped(
  value: number,
  by: number,
  { min, max }: { min: number; max: number }
): number {
  const size = Math.abs(by);
  const next =
    by > 0 ? (Math.floor(value / size) + 1) * size : (Math.ceil(value / size) - 1) * size;
  return Math.min(max, Math.max(min, next));
}

/** The line of a step: its own, or the one in which it is charged; else the dearest. */
export function lineFor(lines: readonly ICostLine[], id: string | null): ICostLine | null {
  const holding = lines.find(line => line.steps.some(step => step.id === id));
  return (
    holding ??
    lines.reduce<ICostLine | null>(
      (dearest, line) => (dearest === null || line.share > dearest.share ? line : dearest),
      null
    )
  );
}

function lineOf(steps: ISessionStep[], note: string, whole: IAmount): ICostLine {
  const [first] = steps;
  const known = steps.some(step => step.cost_per_million_usd !== null);
  const cost = known ? sum(steps.map(costOf)) : null;
  const memories = new Set(steps.map(step => step.memory_mb));
  return {
    id: first?.id ?? '',
    name: first?.name ?? '',
    note,
    memoryMb: memories.size === 1 ? (first?.memory_mb ?? null) : null,
    durationMs: added(steps.map(step => step.duration_ms)),
    billedMs: added(steps.map(step => step.billed_ms)),
    cost,
    share: cost === null ? 0 : ratio(cost, whole),
    steps
  };
}

function noteOf(steps: ISessionStep[]): string {
  const noun = steps[0]?.role === 'wait' ? 'hand-over' : 'step';
  return `${steps.length} ${noun}${steps.length === 1 ? '' : 's'}`;
}

function isOverhead({ role }: ISessionStep): boolean {
  return role === 'conductor' || role === 'wait';
}

function added(values: (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

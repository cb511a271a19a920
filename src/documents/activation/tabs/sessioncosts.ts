/** The cost of a session by function, and with another memory size. Pure functions. */

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
import { isOverhead, overheadCount } from '../../../format/overhead';
import { stepCost, chargedRuns, type IStepNode } from '../steptree';

export interface ICostLine {
  id: string;
  name: string;
  /** `7 conductor runs` or `3 continuations` if the line sums up several runs; otherwise empty. */
  note: string;
  /** The memory limit in MB; null if the runs had different limits. */
  memoryMb: number | null;
  durationMs: number | null;
  billedMs: number | null;
  /** The cost of a million sessions; null if unknown. */
  cost: IAmount | null;
  /** The share of the total, from 0 to 1. */
  share: number;
  steps: ISessionStep[];
}

/** Return one line per call, followed by lines for the runs of each conductor and for waiting. */
export function costLines(session: ISession, tree: IStepNode): ICostLine[] {
  const whole = sessionCost(session, tree);
  const runs = chargedRuns(tree);
  const calls = runs.filter(step => !isOverhead(step));
  const together = new Map<string, ISessionStep[]>();
  for (const step of runs.filter(isOverhead)) {
    const key = `${step.role} ${step.name}`;
    together.set(key, [...(together.get(key) ?? []), step]);
  }
  return [
    ...calls.map(step => toCostLine([step], '', whole)),
    ...[...together.values()].map(steps => toCostLine(steps, overheadCount(steps), whole))
  ];
}

/** Return the exact cost of a million sessions. */
export function sessionCost({ cost }: ISession, tree: IStepNode): IAmount {
  return cost.per_million_usd === null
    ? sum(chargedRuns(tree).map(stepCost))
    : amount(cost.per_million_usd);
}

export interface IWhatIf {
  /** The cost of a million sessions with the other memory size. */
  total: IAmount;
  /** The amount saved, negative if the other size costs more. */
  saves: IAmount;
  /** The amount saved or added as a share of the total, from 0 to 1. */
  share: number;
}

/**
 * Return the factor by which calls of single-core code may slow down if CPU depends on memory.
 * Return 1 if CPU does not depend on memory.
 */
export function slowdown(session: ISession, beforeMb: number, afterMb: number): number {
  const [before, after] = [cpusOf(session.prices, beforeMb), cpusOf(session.prices, afterMb)];
  return before === null || after === null ? 1 : Math.min(before, 1) / Math.min(after, 1);
}

/** Return the peak memory of all calls of the line's function in MB, or null if unknown. */
export function peakMemory(tree: IStepNode, line: ICostLine): number | null {
  const peaks = callsOfFunction(tree, line).flatMap(step => step.peak_mb ?? []);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/**
 * Compute the cost of the session if all calls of the line's function had another memory size and
 * took `slower` times as long.
 */
export function whatIf(
  session: ISession,
  tree: IStepNode,
  line: ICostLine,
  memoryMb: number,
  slower = 1
): IWhatIf {
  if (session.prices.memory_billed === 'used') {
    // Used memory is charged, so the limit has no effect.
    return { total: sessionCost(session, tree), saves: ZERO, share: 0 };
  }
  const calls = callsOfFunction(tree, line);
  const now = sum(calls.map(stepCost));
  const then = sum(
    calls.map(step =>
      step.billed_ms === null
        ? ZERO
        : perMillion(session.prices, memoryMb, billedThen(session, step, step.billed_ms, slower))
    )
  );
  const whole = sessionCost(session, tree);
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
  // Float division may give slightly more than the exact integer, which must not be rounded up.
  return slower === 1 ? billed : billedMs(prices, Math.ceil((duration ?? billed) * slower - 1e-6));
}

/** Return all calls of the line's function. */
export function callsOfFunction(tree: IStepNode, line: ICostLine): ISessionStep[] {
  return chargedRuns(tree).filter(step => step.name === line.name);
}

/** Return the next multiple of `by` in the given direction, within the bounds. */
export function nextMultiple(
  value: number,
  by: number,
  { min, max }: { min: number; max: number }
): number {
  const size = Math.abs(by);
  const next =
    by > 0 ? (Math.floor(value / size) + 1) * size : (Math.ceil(value / size) - 1) * size;
  return Math.min(max, Math.max(min, next));
}

/** Return the line that contains the step. If there is none, return the most expensive line. */
export function costLineOfStep(lines: readonly ICostLine[], id: string | null): ICostLine | null {
  const holding = lines.find(line => line.steps.some(step => step.id === id));
  return (
    holding ??
    lines.reduce<ICostLine | null>(
      (highest, line) => (highest === null || line.share > highest.share ? line : highest),
      null
    )
  );
}

function toCostLine(steps: ISessionStep[], note: string, whole: IAmount): ICostLine {
  const [first] = steps;
  const known = steps.some(step => step.cost_per_million_usd !== null);
  const cost = known ? sum(steps.map(stepCost)) : null;
  const memories = new Set(steps.map(step => step.memory_mb));
  return {
    id: first?.id ?? '',
    name: first?.name ?? '',
    note,
    memoryMb: memories.size === 1 ? (first?.memory_mb ?? null) : null,
    durationMs: sumKnown(steps.map(step => step.duration_ms)),
    billedMs: sumKnown(steps.map(step => step.billed_ms)),
    cost,
    share: cost === null ? 0 : ratio(cost, whole),
    steps
  };
}

function sumKnown(values: (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

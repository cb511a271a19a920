/** The time axis of the waterfall, and the bars on it. Pure functions. */

import type { ISession, ISessionStep } from '../../../api/session';
import { duration } from '../../../format/format';

export type ScaleKind = 'linear' | 'log';

export interface IScale {
  /** Map ms since the start of the axis to a position from 0 to 1. */
  at: (ms: number) => number;
  ticks: { at: number; label: string }[];
}

/** A bar. Position and width are shares of the axis. */
export interface IBar {
  what: 'wait' | 'init' | 'run' | 'span';
  from: number;
  width: number;
  failed: boolean;
}

/** The minimum distance between labels, as a share of the axis, so that they do not overlap. */
const MIN_LABEL_DISTANCE = 0.13;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/**
 * Return the time span from the first wait to the last end, in ms since 1970. The span is at least
 * 1 ms.
 */
export function timeExtent(session: ISession): { from: number; to: number } {
  const { start, end, elapsed_ms, steps, kind, activation } = session;
  const ends = steps.map(step => step.end ?? step.start);
  // The wait of a composition is the wait of its conductor's first run, which is a step.
  const waited = kind === 'function' ? (activation.wait_ms ?? 0) : 0;
  const from = Math.min(start - waited, ...steps.map(step => step.start - (step.wait_ms ?? 0)));
  const to = Math.max(end ?? start + elapsed_ms, ...ends);
  return { from, to: Math.max(to, from + 1) };
}

export function timeScale(kind: ScaleKind, whole: number): IScale {
  if (kind === 'linear') {
    return {
      at: ms => clamp(ms / whole),
      ticks: withoutDuplicateLabels(
        QUARTERS.map(at => ({ at, label: tickLabel(at * whole, whole) }))
      )
    };
  }
  const top = Math.log1p(whole);
  const at = (ms: number) => clamp(Math.log1p(Math.max(0, ms)) / top);
  const ticks = [{ at: 0, label: tickLabel(0, whole) }];
  for (let ms = 1; ms < whole; ms *= 10) {
    const place = at(ms);
    if (
      place - (ticks[ticks.length - 1]?.at ?? 0) >= MIN_LABEL_DISTANCE &&
      1 - place >= MIN_LABEL_DISTANCE
    ) {
      ticks.push({ at: place, label: ms < 1000 ? `${ms} ms` : `${ms / 1000} s` });
    }
  }
  ticks.push({ at: 1, label: duration(whole) });
  return { at, ticks };
}

/** Remove the inner ticks if rounding made labels equal. */
function withoutDuplicateLabels(ticks: IScale['ticks']): IScale['ticks'] {
  const labels = ticks.map(one => one.label);
  const alike = new Set(labels).size < labels.length;
  return alike ? ticks.filter(({ at }) => at === 0 || at === 1) : ticks;
}

function tickLabel(ms: number, whole: number): string {
  if (ms === whole) {
    return duration(whole);
  }
  if (whole < 1000) {
    return `${Math.round(ms)} ms`;
  }
  return ms === 0 ? '0 s' : `${(ms / 1000).toFixed(whole < 10_000 ? 2 : 1)} s`;
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}

/**
 * Return the bars of a step: wait, init and run, or a single bar for a group. A running step ends
 * at `to`.
 */
export function stepBars(
  step: ISessionStep,
  group: boolean,
  { at }: IScale,
  { from, to }: { from: number; to: number }
): IBar[] {
  const start = step.start - from;
  const end = (step.end ?? to) - from;
  const failed = step.end !== null && !step.ok;
  const bar = (what: IBar['what'], begin: number, until: number): IBar => ({
    what,
    from: at(begin),
    width: at(until) - at(begin),
    failed: failed && what === 'run'
  });
  if (group) {
    return [bar('span', start, end)];
  }
  const bars: IBar[] = [];
  if (step.wait_ms) {
    bars.push(bar('wait', start - step.wait_ms, start));
  }
  const ran = start + Math.min(step.init_ms ?? 0, end - start);
  if (ran > start) {
    bars.push(bar('init', start, ran));
  }
  // Draw the run bar even if the step failed during init, so that the failure is shown in red.
  bars.push(bar('run', ran, end));
  return bars;
}

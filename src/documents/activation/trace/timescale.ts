/** Where times lie in the waterfall. Pure. */

import type { ISession, ISessionStep } from '../../../api/session';
import { duration } from '../../../format/format';

export type ScaleKind = 'linear' | 'log';

export interface IScale {
  /** From 0 to 1, of ms since the start. */
  at: (ms: number) => number;
  ticks: { at: number; label: string }[];
}

/** A bar: where it begins and how wide it is, in parts of the whole. */
export interface IBar {
  what: 'wait' | 'init' | 'run' | 'span';
  from: number;
  width: number;
  failed: boolean;
}

/** Labels nearer to each other than this would touch. */
const APART = 0.13;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/** When the first of them waited and the last ended, ms since 1970; never the same moment. */
export function extent(session: ISession): { from: number; to: number } {
  const { start, end, elapsed_ms, steps, kind, activation } = session;
  const ends = steps.map(step => step.end ?? step.start);
  // Of a composition, the wait is that of its conductor's first run.
  const waited = kind === 'function' ? (activation.wait_ms ?? 0) : 0;
  const from = Math.min(start - waited, ...steps.map(step => step.start - (step.wait_ms ?? 0)));
  const to = Math.max(end ?? start + elapsed_ms, ...ends);
  return { from, to: Math.max(to, from + 1) };
}

export function scaleOf(kind: ScaleKind, whole: number): IScale {
  if (kind === 'linear') {
    return {
      at: ms => clamp(ms / whole),
      ticks: unlike(QUARTERS.map(at => ({ at, label: tick(at * whole, whole) })))
    };
  }
  const top = Math.log1p(whole);
  const at = (ms: number) => clamp(Math.log1p(Math.max(0, ms)) / top);
  const ticks = [{ at: 0, label: tick(0, whole) }];
  for (let ms = 1; ms < whole; ms *= 10) {
    const place = at(ms);
    if (place - (ticks[ticks.length - 1]?.at ?? 0) >= APART && 1 - place >= APART) {
      ticks.push({ at: place, label: ms < 1000 ? `${ms} ms` : `${ms / 1000} s` });
    }
  }
  ticks.push({ at: 1, label: duration(whole) });
  return { at, ticks };
}

/** The ends, and between them what is not written like its neighbour. */
function unlike(ticks: IScale['ticks']): IScale['ticks'] {
  const labels = ticks.map(one => one.label);
  const alike = new Set(labels).size < labels.length;
  return alike ? ticks.filter(({ at }) => at === 0 || at === 1) : ticks;
}

function tick(ms: number, whole: number): string {
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

/** A step's wait, init and run; of a group, its whole span. `now` is where a running step ends. */
export function barsOf(
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
  // A run that failed in its init has nothing else to be red.
  bars.push(bar('run', ran, end));
  return bars;
}

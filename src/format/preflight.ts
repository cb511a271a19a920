/** The verdict of a preflight check. Pure functions. */

import type { IForecast, IPreflightCheck } from '../api/card';
import { about } from './format';

/** The share of the timeout from which a cold start causes a warning. */
const RISKY_SHARE = 0.5;

export type Outcome = 'ok' | 'unknown' | 'warn' | 'error';

export function checkOutcome(check: Pick<IPreflightCheck, 'ok' | 'warn' | 'unknown'>): Outcome {
  if (!check.ok) {
    return 'error';
  }
  return check.warn ? 'warn' : check.unknown ? 'unknown' : 'ok';
}

/** Return whether the measured cold start fits into the timeout. */
export function coldStartOutcome(forecast: IForecast): Outcome {
  const part = forecast.timeout_share;
  return part === null || part < RISKY_SHARE ? 'ok' : part < 1 ? 'warn' : 'error';
}

export interface IVerdict {
  outcome: Outcome;
  /** `Fits Lab`, or `Does not fit Lab: …` or `Could not check whether …` with the reasons. */
  text: string;
}

interface IVerdictInputs {
  checks: IPreflightCheck[];
  forecast: IForecast;
  timeoutMs: number;
  label: string;
}

/** Return the overall outcome and the sentence that is shown above the rows. */
export function preflightVerdict({ checks, forecast, timeoutMs, label }: IVerdictInputs): IVerdict {
  const late = coldStartOutcome(forecast);
  const found: { outcome: Outcome; says: string }[] = checks.map(one => ({
    outcome: checkOutcome(one),
    says: one.says ?? `${one.check} ${one.value}, ${one.note}`
  }));
  if (late !== 'ok' && !checks.some(one => one.check === 'Timeout' && checkOutcome(one) !== 'ok')) {
    const cold = about(forecast.cold_ms ?? 0);
    const says = `a cold start takes ${cold}, and the timeout is ${timeoutMs / 1000} s`;
    found.push({ outcome: late, says });
  }
  const failed = found.filter(one => one.outcome === 'error');
  if (failed.length > 0) {
    const reasons = failed.map(one => one.says).join('; ');
    return { outcome: 'error', text: `Does not fit ${label}: ${reasons}` };
  }
  const unknown = checks.filter(one => one.unknown);
  if (unknown.length > 0) {
    // A row without a reason follows from another row, such as that of the host.
    const reasons = unknown.flatMap(one => one.says ?? []).join('; ');
    const words = [`Could not check whether it fits ${label}`, reasons].filter(Boolean);
    return { outcome: 'warn', text: words.join(': ') };
  }
  const warned = found.filter(one => one.outcome === 'warn').length;
  if (warned === 0) {
    return { outcome: 'ok', text: `Fits ${label}` };
  }
  const many = warned === 1 ? 'a warning' : `${warned} warnings`;
  return { outcome: 'warn', text: `Fits ${label}, with ${many}` };
}

/**
 * Return a timeout of at least twice the cold start, in multiples of 30 s, or null if it would
 * exceed 5 minutes.
 */
export function roomyTimeout(forecast: IForecast, timeoutMs: number): number | null {
  const wanted = Math.ceil(((forecast.cold_ms ?? 0) * 2) / 30_000) * 30;
  return wanted * 1000 > timeoutMs && wanted <= 300 ? wanted : null;
}

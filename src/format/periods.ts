/** The periods of cost reports. Pure functions. */

import { day } from './format';

export type Period = 'today' | 'week' | 'month' | 'all';

/** The periods in the order in which they are listed. */
export const PERIODS: readonly { value: Period; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
  { value: 'all', label: 'All time' }
];

export function periodLabel(period: Period): string {
  return PERIODS.find(one => one.value === period)?.label ?? '';
}

/** Return the period as text that follows an amount: `in 7 days`. */
export function withinPeriod(period: Period): string {
  switch (period) {
    case 'today':
      return 'today';
    case 'week':
      return 'in 7 days';
    case 'month':
      return 'in 30 days';
    case 'all':
      return 'so far';
  }
}

/**
 * Return the start of a period in ms since 1970, or 0 for all time. Other periods start at a local
 * midnight, so that they contain whole days.
 */
export function periodStart(period: Period, now: number): number {
  switch (period) {
    case 'today':
      return midnight(now, 0);
    case 'week':
      return midnight(now, 6);
    case 'month':
      return midnight(now, 29);
    case 'all':
      return 0;
  }
}

/** Return the dates of a period, `Nov 18 – Nov 24`, or null for all time. */
export function dateRange(period: Period, since: number, until: number): string | null {
  if (period === 'all') {
    return null;
  }
  const [first, last] = [day(since), day(until)];
  return first === last ? last : `${first} – ${last}`;
}

/** Return the offset of the local time zone at the given time, in minutes east of UTC. */
export function utcOffset(now: number): number {
  // Without `0 -`, the offset of UTC would be -0 in the query.
  return 0 - new Date(now).getTimezoneOffset();
}

/**
 * Return the local midnight a number of days ago. Multiples of 24 hours would be wrong, because a
 * day on which the clocks change is longer or shorter.
 */
function midnight(now: number, daysBefore: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime();
}

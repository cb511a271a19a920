/** The periods of cost reports. Pure. */

import { day } from './format';

export type Period = 'today' | 'week' | 'month' | 'all';

/** The periods in the order of the list. */
export const PERIODS: readonly { value: Period; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
  { value: 'all', label: 'All time' }
];

export function periodLabel(period: Period): string {
  return PERIODS.find(one => one.value === period)?.label ?? '';
}

/** `in 7 days`: follows an amount. */
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

/** Return the start of a period, ms since 1970: local midnight, so that it contains whole days. */
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

/** `Nov 18 – Nov 24`; null for all time. */
export function dateRange(period: Period, since: number, until: number): string | null {
  if (period === 'all') {
    return null;
  }
  const [first, last] = [day(since), day(until)];
  return first === last ? last : `${first} – ${last}`;
}

/** Return the local time zone at that moment, in minutes east of UTC. */
export function utcOffset(now: number): number {
  // Without `0 -`, UTC would become -0 in the query.
  return 0 - new Date(now).getTimezoneOffset();
}

/**
 * Local midnight some days ago. Not a multiple of 24 hours: days of a clock change are longer or
 * shorter.
 */
function midnight(now: number, daysBefore: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime();
}

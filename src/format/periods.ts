/** The stretches of time that costs are asked for. Pure. */

import { day } from './format';

export type Period = 'today' | 'week' | 'month' | 'all';

/** In the order of the list, as it names them. */
export const PERIODS: readonly { value: Period; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
  { value: 'all', label: 'All time' }
];

export function labelOf(period: Period): string {
  return PERIODS.find(one => one.value === period)?.label ?? '';
}

/** `in 7 days`: behind an amount. */
export function withinWords(period: Period): string {
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

/** When it begins, in ms since 1970: at midnight here, so that it has whole days and today. */
export function beginOf(period: Period, now: number): number {
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

/** `Nov 18 – Nov 24`; nothing for all time, whose beginning nobody knows. */
export function spanWords(period: Period, since: number, until: number): string | null {
  if (period === 'all') {
    return null;
  }
  const [first, last] = [day(since), day(until)];
  return first === last ? last : `${first} – ${last}`;
}

/** Minutes east of UTC that the clock here is at that moment. */
export function utcOffset(now: number): number {
  // Not -0, which a query would say.
  return 0 - new Date(now).getTimezoneOffset();
}

/** So many days before; a day of summer time's change is not of 24 hours. */
function midnight(now: number, daysBefore: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime();
}

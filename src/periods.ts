/** The stretches of time that costs are asked for. Pure. */

import { day } from './format';

export type Period = 'today' | 'week' | 'month' | 'all';

const DAY_MS = 86_400_000;

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

/** When it begins, in ms since 1970; today begins at midnight here. */
export function beginOf(period: Period, now: number): number {
  switch (period) {
    case 'today':
      return new Date(now).setHours(0, 0, 0, 0);
    case 'week':
      return now - 7 * DAY_MS;
    case 'month':
      return now - 30 * DAY_MS;
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

/** Whether the pace of the period says something of a month: all time has no length. */
export function hasPace(period: Period): boolean {
  return period !== 'all';
}

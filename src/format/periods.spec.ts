import { periodStart, dateRange, utcOffset } from './periods';

const NOW = new Date(2026, 10, 24, 15, 30).getTime();

test('today begins at midnight here', () => {
  expect(periodStart('today', NOW)).toBe(new Date(2026, 10, 24).getTime());
});

test('a week and a month are whole days, today among them', () => {
  expect(periodStart('week', NOW)).toBe(new Date(2026, 10, 18).getTime());
  expect(periodStart('month', NOW)).toBe(new Date(2026, 9, 26).getTime());
});

test('the clock here, east of UTC', () => {
  expect(utcOffset(NOW)).toBe(-new Date(NOW).getTimezoneOffset() + 0);
  expect(Object.is(utcOffset(NOW), -0)).toBe(false);
});

test('the days of a period', () => {
  expect(dateRange('week', periodStart('week', NOW), NOW)).toBe('Nov 18 – Nov 24');
  expect(dateRange('today', periodStart('today', NOW), NOW)).toBe('Nov 24');
  expect(dateRange('all', 0, NOW)).toBeNull();
});

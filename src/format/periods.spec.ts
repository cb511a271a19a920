import { beginOf, spanWords, utcOffset } from './periods';

const NOW = new Date(2026, 10, 24, 15, 30).getTime();

test('today begins at midnight here', () => {
  expect(beginOf('today', NOW)).toBe(new Date(2026, 10, 24).getTime());
});

test('a week and a month are whole days, today among them', () => {
  expect(beginOf('week', NOW)).toBe(new Date(2026, 10, 18).getTime());
  expect(beginOf('month', NOW)).toBe(new Date(2026, 9, 26).getTime());
});

test('the clock here, east of UTC', () => {
  expect(utcOffset(NOW)).toBe(-new Date(NOW).getTimezoneOffset() + 0);
  expect(Object.is(utcOffset(NOW), -0)).toBe(false);
});

test('the days of a period', () => {
  expect(spanWords('week', beginOf('week', NOW), NOW)).toBe('Nov 18 – Nov 24');
  expect(spanWords('today', beginOf('today', NOW), NOW)).toBe('Nov 24');
  expect(spanWords('all', 0, NOW)).toBeNull();
});

import { beginOf, spanWords } from './periods';

const NOW = new Date(2026, 10, 24, 15, 30).getTime();

test('today begins at midnight here', () => {
  expect(beginOf('today', NOW)).toBe(new Date(2026, 10, 24).getTime());
});

test('a week is seven whole days', () => {
  expect(NOW - beginOf('week', NOW)).toBe(7 * 24 * 3_600_000);
});

test('the days of a period', () => {
  expect(spanWords('week', beginOf('week', NOW), NOW)).toBe('Nov 17 – Nov 24');
  expect(spanWords('today', beginOf('today', NOW), NOW)).toBe('Nov 24');
  expect(spanWords('all', 0, NOW)).toBeNull();
});

import type { ISession } from '../api/session';
import { sample } from '../testing/sampledata';
import { amount, billedMs, minus, perMillion, ratio, sum, usd } from './money';

const { prices, steps, cost } = sample<ISession>('session');

test.each([
  [3891, 25_500, '$1,647.22'],
  [3891, 49_090, '$3,171.70'],
  [3891, 1603, '$109.81'],
  // Half a cent exactly, as in tests/cost/test_pricing.py.
  [3891, 25_549, '$1,653.68'],
  [512, 212, '$2.55'],
  [128, 0, '$0.21']
])('a million runs of %d MB and %d ms cost %s', (memory, ms, text) => {
  expect(usd(perMillion(prices, memory, billedMs(prices, ms)))).toBe(text);
});

test.each([
  ['0', '$0.00'],
  ['0.0049', '$0.0049'],
  ['0.0000004250', '$0.00000043'],
  ['0.00004', '$0.00004'],
  ['0.00999999', '$0.01'],
  ['0.00994', '$0.0099'],
  ['0.01', '$0.01'],
  ['0.425', '$0.43'],
  ['2.675', '$2.68'],
  ['1234567.005', '$1,234,567.01'],
  ['-0.425', '-$0.43'],
  ['-0.001', '$0.00'],
  ['1000', '$1,000.00']
])('%s is shown as %s', (text, shown) => {
  expect(usd(amount(text))).toBe(shown);
});

test('an exact sum is not the sum of what was rounded', () => {
  const costs = steps.map(step => amount(step.cost_per_million_usd!));
  expect(usd(sum(costs))).toBe(cost.text);
  expect(minus(sum(costs), amount(cost.per_million_usd!)).units).toBe(0n);
});

test('a price list with a fee per request counts it once', () => {
  const fee = { ...prices, usd_per_million_requests: '0.20', step_ms: 1, minimum_ms: 1 };
  const one = perMillion(fee, 1024, billedMs(fee, 1000));
  expect(usd(one)).toBe('$17.20');
});

test('a price list charges CPU and memory by size', () => {
  const gen1 = {
    ...prices,
    usd_per_gb_second: '0.0000025',
    usd_per_cpu_second: '0.00001',
    usd_per_million_requests: '0.4',
    sizes: [
      [256, '0.4'],
      [4096, '4.8']
    ] as [number, string][],
    memory_by_size: true
  };
  const call = (memory: number, ms: number) => usd(perMillion(gen1, memory, billedMs(gen1, ms)));
  expect(call(3891, 25_500)).toBe('$1,479.40');
  expect(call(256, 120)).toBe('$1.33');
  expect(usd(perMillion({ ...gen1, cpu: '1' }, 256, 200))).toBe('$2.53');
  // Beyond the largest it is charged as it is.
  expect(usd(perMillion(gen1, 8192, 100))).toBe('$7.20');
});

test('a price list charges memory in steps', () => {
  const steps = { ...prices, memory_step_mb: 128, memory_minimum_mb: 256 };
  expect(usd(perMillion(steps, 300, 1000))).toBe(usd(perMillion(prices, 384, 1000)));
  expect(usd(perMillion(steps, 1, 1000))).toBe(usd(perMillion(prices, 256, 1000)));
});

test('a share of nothing is none', () => {
  expect(ratio(amount('1'), amount('4'))).toBe(0.25);
  expect(ratio(amount('1'), amount('0'))).toBe(0);
});

test('what is no decimal is refused', () => {
  expect(() => amount('1e-7')).toThrow('"1e-7" is not a decimal number');
});

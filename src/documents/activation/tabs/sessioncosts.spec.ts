import type { IPrices } from '../../../api/session';
import { minus, perMillion, sum, usd } from '../../../format/money';
import { assetCreated, named, step } from '../../../testing/sessions';
import { stepTree } from '../steptree';
import {
  costLines,
  costLineOfStep,
  peakMemory,
  slowdown,
  nextMultiple,
  whatIf
} from './sessioncosts';

const session = assetCreated();
const tree = stepTree(session);
const lines = costLines(session, tree);

/** MB and GHz. */
const SIZES: [number, string][] = [
  [128, '0.2'],
  [256, '0.4'],
  [512, '0.8']
];

test('each call has a line, and the conductor one for all of its runs', () => {
  expect(lines.map(line => `${line.name} ${line.note}${line.billedMs} ${usd(line.cost!)}`)).toEqual(
    [
      'fetch_asset 300 $2.55',
      'fetch_asset 200 $1.70',
      'has_person 100 $0.85',
      'smart_body_crop 49100 $3,171.70',
      'sentiment 100 $0.85',
      'store_asset 100 $0.85',
      'asset_created 7 conductor runs700 $5.95'
    ]
  );
  expect(usd(sum(lines.map(line => line.cost!)))).toBe(session.cost.text);
  expect(lines.reduce((total, line) => total + line.share, 0)).toBeCloseTo(1);
});

test('less memory of the crop saves what the picture says', () => {
  const crop = costLineOfStep(lines, null)!;
  expect(crop.name).toBe('smart_body_crop');
  const then = whatIf(session, tree, crop, 3072);
  expect(usd(then.total)).toBe('$2,516.85');
  expect(usd(then.saves)).toBe('$667.60');
  expect(then.share).toBeCloseTo(0.21, 2);
  expect(whatIf(session, tree, crop, 3891).saves.units).toBe(0n);
});

test('a limit saves nothing where memory that was used is charged', () => {
  const prices = { ...session.prices, memory_billed: 'used' as const };
  const then = whatIf({ ...session, prices }, tree, costLineOfStep(lines, null)!, 3072);
  expect(then.saves.units).toBe(0n);
  expect(usd(then.total)).toBe(session.cost.text);
});

test.each([
  [{}, 3891, 128, 1],
  [{ speed: 'memory', mb_per_cpu: 1769 }, 3891, 1769, 1],
  [{ speed: 'memory', mb_per_cpu: 1769 }, 3891, 256, 1769 / 256],
  [{ speed: 'memory', mb_per_cpu: 1769 }, 256, 512, 0.5],
  [{ speed: 'size', sizes: SIZES, cpus_per_unit: '2.4' }, 512, 128, 4],
  [{ speed: 'chosen', sizes: SIZES, cpu: '1' }, 512, 128, 1]
] as const)(
  'with prices %j, from %d MB to %d MB takes %d times as long',
  (more, from, to, times) => {
    const prices = { ...session.prices, ...(more as Partial<IPrices>) };
    expect(slowdown({ ...session, prices }, from, to)).toBeCloseTo(times, 6);
  }
);

test('a call that takes longer is billed in whole steps', () => {
  const crop = costLineOfStep(lines, null)!;
  const halved = whatIf(session, tree, crop, 1945, 2);
  // 49.09 s become 98.18, which are billed as 98.2.
  const each = perMillion(session.prices, 1945, 98_200);
  expect(usd(minus(halved.total, minus(sum(lines.map(line => line.cost!)), crop.cost!)))).toBe(
    usd(each)
  );
});

test('the peak of a function is that of its calls', () => {
  const crop = costLineOfStep(lines, null)!;
  expect(peakMemory(tree, crop)).toBeNull();
  const steps = session.steps.map(one =>
    one.name === 'fetch_asset' ? { ...one, peak_mb: one.duration_ms } : one
  ) as typeof session.steps;
  const measured = stepTree({ ...session, steps });
  const fetch = costLineOfStep(costLines({ ...session, steps }, measured), steps[1]!.id)!;
  expect(peakMemory(measured, { ...fetch, name: 'fetch_asset' })).toBe(212);
});

test('a memory size is that of a function, so all of its calls change', () => {
  const fetch = costLineOfStep(lines, named(session, 'fetch_asset').id)!;
  expect(usd(whatIf(session, tree, fetch, 1024).saves)).toBe('-$4.25');
});

test('a step that is charged with others is in their line', () => {
  const conductor = session.steps.find(one => one.role === 'conductor')!;
  expect(costLineOfStep(lines, conductor.id)?.note).toBe('7 conductor runs');
});

test('what has not been charged yet has no price', () => {
  const open = { ...named(session, 'sentiment'), billed_ms: null, cost_per_million_usd: null };
  const going = { ...session, steps: [open, step({ name: 'echo', at: 9, ms: 1, role: 'wait' })] };
  const [first, waiting] = costLines(going, stepTree(going));
  expect(first).toMatchObject({ cost: null, share: 0, billedMs: null });
  expect(waiting).toMatchObject({ name: 'echo', note: '1 continuation' });
});

test.each([
  [3891, -128, 3840],
  [3840, -128, 3712],
  [3891, 128, 3968],
  [3891, 512, 4096],
  [4096, 512, 4096],
  [200, -512, 128]
])('from %d MB by %d is %d MB', (value, by, next) => {
  expect(nextMultiple(value, by, { min: 128, max: 4096 })).toBe(next);
});

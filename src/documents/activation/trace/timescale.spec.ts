import type { ISession } from '../../../api/session';
import { assetCreated, named, START, step } from '../../../testing/sessions';
import { stepBars, timeExtent, timeScale } from './timescale';

test('the axis is quartered, and its end is exact', () => {
  expect(timeScale('linear', 50_884).ticks.map(tick => tick.label)).toEqual([
    '0 s',
    '12.7 s',
    '25.4 s',
    '38.2 s',
    '50.88 s'
  ]);
  expect(timeScale('linear', 760).ticks.map(tick => tick.label)).toEqual([
    '0 ms',
    '190 ms',
    '380 ms',
    '570 ms',
    '760 ms'
  ]);
  expect(timeScale('linear', 2).ticks.map(tick => tick.label)).toEqual(['0 ms', '2 ms']);
});

test('a logarithmic axis has its powers of ten, as far as they have room', () => {
  const { ticks, at } = timeScale('log', 50_884);
  expect(ticks.map(tick => tick.label)).toEqual([
    '0 s',
    '10 ms',
    '100 ms',
    '1 s',
    '10 s',
    '50.88 s'
  ]);
  expect(at(0)).toBe(0);
  expect(at(50_884)).toBe(1);
  expect(at(1000)).toBeGreaterThan(0.6);
});

test('a cold call waits, starts and runs', () => {
  const session = assetCreated();
  const span = timeExtent(session);
  expect(span).toEqual({ from: START, to: START + 50_884 });
  const bars = stepBars(
    named(session, 'smart_body_crop'),
    false,
    timeScale('linear', 50_884),
    span
  );
  expect(bars.map(bar => bar.what)).toEqual(['wait', 'init', 'run']);
  expect(bars[0]!.from).toBeCloseTo((1665 - 1210) / 50_884);
  expect(bars[1]!.width).toBeCloseTo(46_880 / 50_884);
  expect(bars[2]!.from + bars[2]!.width).toBeCloseTo((1665 + 49_090) / 50_884);
});

test('what failed is red in its run only, what runs still reaches the end', () => {
  const session = assetCreated();
  const scale = timeScale('linear', 50_884);
  const span = timeExtent(session);
  const bars = stepBars(named(session, 'fetch_asset'), false, scale, span);
  expect(bars.map(bar => bar.failed)).toEqual([false, true]);
  const open = { ...named(session, 'sentiment'), end: null, ok: false };
  expect(stepBars(open, false, scale, span).at(-1)).toMatchObject({ what: 'run', failed: false });
  const last = stepBars(open, false, scale, span).at(-1)!;
  expect(last.from + last.width).toBe(1);
});

test('a branch that outlives its session is on the axis', () => {
  const session = assetCreated();
  session.steps.push(step({ name: 'notify', at: 50_000, ms: 9000, role: 'async' }));
  expect(timeExtent(session).to).toBe(START + 59_000);
});

test('of a function, the wait lies before its start', () => {
  const session: ISession = { ...assetCreated(), kind: 'function', steps: [] };
  session.activation.wait_ms = 40;
  expect(timeExtent(session).from).toBe(START - 40);
  expect(timeExtent({ ...session, elapsed_ms: 0, end: START }).to).toBeGreaterThan(START - 40);
});

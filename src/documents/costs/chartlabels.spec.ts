import { scaleLinear } from 'd3-scale';

import { textWidth } from '../../flow/textwidth';
import type { IBreakEvenChart } from './breakeven';
import { chartLabels } from './chartlabels';

const LEVEL = 30.37;

function chart(now: number | null, perCall = 0.0001): IBreakEvenChart {
  const crossing = {
    calls: LEVEL / perCall,
    label: 'DigitalOcean App Platform, 512 MB',
    text: '$30.37'
  };
  return {
    crossing,
    perCall,
    perMonth: LEVEL,
    now: now === null ? null : { calls: now, usd: now * perCall, text: '$2.83' }
  } as IBreakEvenChart;
}

function scales(made: IBreakEvenChart, width: number) {
  const most = Math.max(1.75 * made.crossing.calls, 1.15 * (made.now?.calls ?? 0));
  return {
    x: scaleLinear([0, most], [60, width - 32]).nice(),
    y: scaleLinear([0, Math.max(most * made.perCall, 1.2 * LEVEL)], [210, 14]).nice(4)
  };
}

const WIDTHS = [420, 480, 600, 760];
const CALLS = [null, 1000, 25_000, 150_000, 280_000, 400_000, 2_000_000, 9_000_000];

test.each(WIDTHS.flatMap(width => CALLS.map(calls => [width, calls] as const)))(
  'at %i px with %s calls a month no label crosses a line or leaves the chart',
  (width, calls) => {
    const made = chart(calls);
    const { x, y } = scales(made, width);
    const labels = chartLabels(made, { x, y });
    for (const one of labels) {
      const wide = textWidth(one.text, 12);
      const left = one.before ? one.x - wide : one.x;
      expect(left).toBeGreaterThanOrEqual(60);
      expect(left + wide).toBeLessThanOrEqual(width - 20);
      for (let at = left; at <= left + wide; at += 2) {
        const rising = y(x.invert(at) * made.perCall);
        expect(rising > one.y - 10 && rising < one.y + 2).toBe(false);
      }
      expect(y(LEVEL) > one.y - 10 && y(LEVEL) < one.y + 2).toBe(false);
    }
    // The break-even is the point of the chart, unless it is squeezed at the left.
    if ((calls ?? 0) < 1_000_000) {
      expect(labels.some(one => one.text.startsWith('Break-even'))).toBe(true);
    }
  }
);

/**
 * Places the labels of the break-even chart where they cross neither of its lines. It is separate
 * from the drawing, so that it is tested without a browser.
 */

import type { ScaleLinear } from 'd3-scale';

import { textWidth } from '../../flow/textwidth';
import { count } from '../../format/format';
import type { IBreakEvenChart } from './breakeven';

/** The scales of the chart, from calls and USD to px. */
export interface IScales {
  x: ScaleLinear<number, number>;
  y: ScaleLinear<number, number>;
}

export interface IChartLabel {
  text: string;
  /** The baseline's start, or its end if `before` is true, in px. */
  x: number;
  y: number;
  before: boolean;
  strong: boolean;
}

interface IRectangle {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The font size and the height of a label above and below its baseline, in px. */
const FONT = 12;
const ABOVE = 11;
const BELOW = 4;
/** The distance from a point or line to its label, in px. */
const GAP = 10;
/** Half the size of the circle at the break-even and the space around it, in px. */
const POINT = 9;

/**
 * Return the labels that have room. The sentence below the chart says the same, so a label without
 * room is left out.
 */
export function chartLabels(chart: IBreakEvenChart, { x, y }: IScales): IChartLabel[] {
  const { crossing, perCall, perMonth, now } = chart;
  const [left = 0, right = 0] = x.range();
  const [, top = 0] = y.range();
  const level = y(perMonth);
  const axis = y(0);
  const even = x(crossing.calls);
  const labels: IChartLabel[] = [];
  // The circle at the break-even.
  const taken: IRectangle[] = [
    { left: even - POINT, right: even + POINT, top: level - POINT, bottom: level + POINT }
  ];
  const free = (box: IRectangle) =>
    box.left >= left &&
    box.right <= right + GAP &&
    box.bottom <= axis &&
    // Between the ends of the box, the rising line passes above or below it.
    !crossesRising(box, { x, y }, perCall) &&
    !(box.top < level && level < box.bottom) &&
    !(box.left < even && even < box.right && box.bottom > level) &&
    !taken.some(other => overlap(box, other));
  const put = (
    text: string,
    strong: boolean,
    places: [x: number, y: number, before: boolean][]
  ) => {
    const width = textWidth(text, FONT);
    for (const [at, base, before] of places) {
      const start = before ? at - width : at;
      const box = { left: start, right: start + width, top: base - ABOVE, bottom: base + BELOW };
      if (free(box)) {
        taken.push(box);
        labels.push({ text, x: at, y: base, before, strong });
        return;
      }
    }
  };
  if (now) {
    const at = x(now.calls);
    taken.push({ left: at - 6, right: at + 6, top: y(now.usd) - 6, bottom: y(now.usd) + 6 });
  }
  const middle = level + (axis - level) / 2;
  put(`Break-even: ${count(crossing.calls)} calls`, true, [
    [even + GAP, middle, false],
    [even + GAP, axis - 8, false],
    [even - GAP, axis - 8, true],
    [even - GAP, level - 8, true]
  ]);
  put(`${crossing.label}: ${crossing.text}`, false, [
    [left + GAP, level - 8, false],
    [right, level + 16, true],
    [right, level - 8, true],
    [left + GAP, top + 12, false]
  ]);
  // Close to the break-even, the break-even's label already shows the number.
  if (now && Math.abs(x(now.calls) - even) > 24) {
    const [at, height] = [x(now.calls), y(now.usd)];
    const text = `Now: ${count(now.calls)} calls, ${now.text}`;
    const below = Math.min(height + 18, axis - 8);
    put(text, false, [
      [at + GAP, below, false],
      ...[40, 70, 100, 140].map((shift): [number, number, boolean] => [at + shift, below, false]),
      [at - GAP, height - GAP, true],
      [at - GAP, height + 4, true]
    ]);
  }
  return labels;
}

function crossesRising(box: IRectangle, { x, y }: IScales, perCall: number): boolean {
  // The line begins at the origin, so two of its points give all others.
  const [x0, y0] = [x(0), y(0)];
  const steepness = (y0 - y(perCall)) / (x(1) - x0);
  const heightAt = (px: number) => y0 - steepness * (px - x0);
  const [first, last] = [heightAt(Math.max(box.left, x0)), heightAt(box.right)];
  return first > box.top && last < box.bottom;
}

function overlap(one: IRectangle, other: IRectangle): boolean {
  return (
    one.left < other.right &&
    other.left < one.right &&
    one.top < other.bottom &&
    other.top < one.bottom
  );
}

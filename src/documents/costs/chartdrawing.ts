/**
 * Draws the break-even chart with d3. It is a separate module so that d3 is loaded only when the
 * first chart is displayed.
 */

import { axisBottom, axisLeft } from 'd3-axis';
import { scaleLinear } from 'd3-scale';
import { select, type Selection } from 'd3-selection';
import { area, line } from 'd3-shape';

import { count } from '../../format/format';
import type { IBreakEvenChart } from './breakeven';
import { chartLabels, type IScales } from './chartlabels';

const MARGIN = { top: 14, right: 32, bottom: 40, left: 60 };
export const HEIGHT = 250;

/** The minimum width for labels in px. The text below a narrower chart has the numbers. */
const MIN_WIDTH_FOR_LABELS = 420;

type Point = [calls: number, usd: number];
type Svg = Selection<SVGGElement, unknown, null, undefined>;

/** Redraw the chart's SVG for a width in px. */
export function drawChart(svg: SVGSVGElement, chart: IBreakEvenChart, width: number): void {
  const right = Math.max(MARGIN.left + 80, width - MARGIN.right);
  const bottom = HEIGHT - MARGIN.bottom;
  const most = Math.max(1.75 * chart.crossing.calls, 1.15 * (chart.now?.calls ?? 0), 1);
  const ticks = Math.max(2, Math.floor((right - MARGIN.left) / 120));
  const places: IScales = {
    x: scaleLinear([0, most], [MARGIN.left, right]).nice(ticks),
    y: scaleLinear([0, Math.max(most * chart.perCall, 1.2 * chart.perMonth)], [bottom, MARGIN.top])
  };
  places.y.nice(4);
  const all = select(svg).attr('width', width).attr('height', HEIGHT);
  all.selectAll('*').remove();
  const root = all.append('g');
  drawAxes(root, places, { right, bottom, ticks });
  drawLines(root, chart, places);
  drawPoints(root, chart, places, bottom);
  if (width >= MIN_WIDTH_FOR_LABELS) {
    drawLabels(root, chart, places);
  }
}

interface IFrame {
  right: number;
  bottom: number;
  ticks: number;
}

function drawAxes(root: Svg, { x, y }: IScales, { right, bottom, ticks }: IFrame): void {
  const money = y.tickFormat(4, '$,.2f');
  root
    .append('g')
    .attr('class', 'jp-FaasPlot-axis jp-mod-money')
    .attr('transform', `translate(${MARGIN.left},0)`)
    .call(
      axisLeft<number>(y)
        .ticks(4)
        .tickFormat(value => money(value))
        .tickSize(MARGIN.left - right)
        .tickPadding(8)
    );
  root
    .append('g')
    .attr('class', 'jp-FaasPlot-axis')
    .attr('transform', `translate(0,${bottom})`)
    .call(
      axisBottom<number>(x)
        .ticks(ticks)
        .tickFormat(value => count(value))
        .tickSize(0)
        .tickPadding(8)
    );
  root
    .append('text')
    .attr('class', 'jp-FaasPlot-title')
    .attr('x', (MARGIN.left + right) / 2)
    .attr('y', HEIGHT - 4)
    .text('calls a month');
}

function drawLines(
  root: Svg,
  { crossing, perCall, perMonth }: IBreakEvenChart,
  { x, y }: IScales
): void {
  const [, most = 0] = x.domain();
  const [, top = 0] = y.domain();
  const draw = line<Point>(
    ([calls]) => x(calls),
    ([, usd]) => y(usd)
  );
  const between = area<Point>()
    .x(([calls]) => x(calls))
    .y0(([, usd]) => y(usd))
    .y1(y(perMonth));
  const crossed = Math.min(perMonth / perCall, most);
  const end = Math.min(most, top / perCall);
  const cheaper: Point[] = [
    [0, 0],
    [crossed, crossed * perCall]
  ];
  root.append('path').attr('class', 'jp-FaasPlot-cheaper').attr('d', between(cheaper));
  const level: Point[] = [
    [0, perMonth],
    [most, perMonth]
  ];
  root.append('path').attr('class', 'jp-FaasPlot-always').attr('d', draw(level));
  const rising: Point[] = [
    [0, 0],
    [end, end * perCall]
  ];
  root
    .append('path')
    .attr('class', `jp-FaasPlot-functions${crossing.reached ? '' : ' jp-mod-beyond'}`)
    .attr('d', draw(rising));
}

function drawPoints(root: Svg, chart: IBreakEvenChart, { x, y }: IScales, bottom: number): void {
  const { crossing, perMonth, now } = chart;
  root
    .append('line')
    .attr('class', 'jp-FaasPlot-drop')
    .attr('x1', x(crossing.calls))
    .attr('x2', x(crossing.calls))
    .attr('y1', y(perMonth))
    .attr('y2', bottom);
  const dot = (kind: string, [calls, usd]: Point) =>
    root
      .append('circle')
      .attr('class', `jp-FaasPlot-${kind}`)
      .attr('cx', x(calls))
      .attr('cy', y(usd))
      .attr('r', 5);
  dot('even', [crossing.calls, perMonth]);
  if (now) {
    dot('now', [now.calls, now.usd]);
  }
}

function drawLabels(root: Svg, chart: IBreakEvenChart, scales: IScales): void {
  for (const { text, x, y, before, strong } of chartLabels(chart, scales)) {
    const kinds = [before && 'jp-mod-before', strong && 'jp-mod-strong'].filter(Boolean);
    root
      .append('text')
      .attr('class', ['jp-FaasPlot-words', ...kinds].join(' '))
      .attr('x', x)
      .attr('y', y)
      .text(text);
  }
}

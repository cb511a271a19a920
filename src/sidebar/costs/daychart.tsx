import { scaleBand, scaleLinear } from 'd3-scale';
import React from 'react';

import type { ICostsReport, IDayCost } from '../../api/costs';
import { plural, weekday, weekdayLetter } from '../../format/format';
import { amount, usd } from '../../format/money';

const HEIGHT = 44;
/** The size in units of the view box, which is stretched to the available width. */
const WIDTH = 100;
const MIN_BAR_HEIGHT = 3;
/**
 * The maximum ratio of the always-on line to the highest bar. A higher line is left out, because it
 * would flatten the bars.
 */
const MAX_LINE_RATIO = 8;
const HOURS_OF_MONTH = 730;

interface IDayChartProps {
  report: ICostsReport;
}

/** The costs per day as bars. The document of costs shows the same data as a table. */
export function DayChart({ report }: IDayChartProps): React.ReactElement | null {
  const { days, total } = report;
  const costs = days.map(day => Number(day.usd));
  const highest = Math.max(...costs);
  if (days.length === 0 || highest <= 0) {
    return null;
  }
  const always = total.always_on && alwaysOnPerDay(total.always_on.usd_per_month);
  const lined = always !== null && always.value <= MAX_LINE_RATIO * highest;
  const x = scaleBand(
    days.map(({ day }) => day),
    [0, WIDTH]
  ).padding(0.12);
  const top = lined ? Math.max(highest, always.value) : highest;
  const y = scaleLinear([0, top], [HEIGHT, 2]);
  return (
    <div className="jp-FaasDays" role="img" aria-label={chartSentence(days, always?.text ?? null)}>
      {always && (
        <div className="jp-FaasDays-always" aria-hidden="true">
          {`always-on ${always.text} / day${lined ? '' : ' (off the chart)'}`}
        </div>
      )}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {lined && (
          <line
            className="jp-mod-always"
            x1={0}
            x2={WIDTH}
            y1={y(always.value)}
            y2={y(always.value)}
          />
        )}
        {days.map((day, index) => {
          const cost = costs[index] ?? 0;
          const height = cost > 0 ? Math.max(MIN_BAR_HEIGHT, HEIGHT - y(cost)) : 0;
          return (
            <rect
              key={day.day}
              x={x(day.day)}
              width={x.bandwidth()}
              y={HEIGHT - height}
              height={height}
            />
          );
        })}
      </svg>
      <div className="jp-FaasDays-names" aria-hidden="true">
        {days.map(day => (
          <span key={day.day} title={wordsOf(day)}>
            {weekdayLetter(day.day)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Return a sentence that describes the chart. */
export function chartSentence(days: readonly IDayCost[], always: string | null): string {
  const highest = days.reduce((most, day) => (Number(day.usd) > Number(most.usd) ? day : most));
  const [first, last] = [days[0], days[days.length - 1]].map(day => weekday(day?.day ?? ''));
  const compared = always === null ? '' : `; an always-on server costs ${always} a day`;
  return `Cost per day from ${first} to ${last}: ${highest.text} at most, on ${weekday(highest.day)}${compared}.`;
}

function wordsOf(day: IDayCost): string {
  return `${weekday(day.day)}: ${day.text}, ${plural(day.runs, 'run')}`;
}

function alwaysOnPerDay(perMonth: string): { value: number; text: string } {
  const month = amount(perMonth);
  // Divide with more digits than are displayed.
  const units = (month.units * 24n * 1_000_000n) / BigInt(HOURS_OF_MONTH);
  return {
    value: (Number(perMonth) * 24) / HOURS_OF_MONTH,
    text: usd({ units, scale: month.scale + 6 })
  };
}

import React, { useEffect, useRef, useState } from 'react';

import type { IAlwaysOn, IFunctionCost } from '../../api/costs';
import { Message } from '../../components/message';
import { Select } from '../../components/select';
import { count, plural } from '../../format/format';
import { chartSentence, type IBreakEvenChart } from './breakeven';

/** The assumed width in px until the element is measured. */
const DEFAULT_WIDTH = 600;

/** Why there is nothing to compare, by the kind of function. */
const WITHOUT_COMPARISON: { [kind in IFunctionCost['kind']]: string } = {
  function:
    'There is nothing to compare: the calls are free, the memory limit is unknown or has changed, or no always-on server is large enough.',
  composition:
    'The functions of this composition are compared separately. Select one in the table.',
  sequence: 'The functions of this sequence are compared separately. Select one in the table.',
  feed: 'The host runs this function for its schedules, so there is nothing to compare.'
};

interface IChartProps {
  chart: IBreakEvenChart | null;
  name: string;
  /** The kind of the function; null for all functions. */
  kind: IFunctionCost['kind'] | null;
  references: readonly IAlwaysOn[];
  /** The name of the chosen server; null for the cheapest that fits. */
  alwaysOn: string | null;
  onChoose: (name: string | null) => void;
}

/** A chart that shows from how many calls an always-on server is cheaper. */
export function BreakEvenChart(props: IChartProps): React.ReactElement {
  const { chart, name, kind, references, alwaysOn, onChoose } = props;
  return (
    <section className="jp-FaasCosts-chart" aria-label="Functions or an always-on server?">
      <div className="jp-FaasCosts-title">
        <h2>Functions or an always-on server?</h2>
        <span className="jp-Faas-secondary jp-Faas-ellipsis" title={name}>
          {name}
        </span>
        {(kind === null || kind === 'function') && (
          <Select
            label="Compare with"
            value={alwaysOn ?? ''}
            options={[
              { value: '', label: 'The cheapest server that fits' },
              ...references.map(one => ({
                value: one.name,
                label: `${one.label}: ${one.text} a month`
              }))
            ]}
            onChange={chosen => onChoose(chosen || null)}
          />
        )}
      </div>
      {chart === null ? (
        <p className="jp-Faas-secondary">{WITHOUT_COMPARISON[kind ?? 'function']}</p>
      ) : (
        <>
          <Plot chart={chart} />
          <p>{chartSentence(chart)}</p>
          <Footnote chart={chart} />
        </>
      )}
    </section>
  );
}

function Footnote({ chart: { crossing } }: { chart: IBreakEvenChart }): React.ReactElement {
  const free =
    crossing.calls_after_free === crossing.calls
      ? ''
      : `With the free tier, the break-even point is ${plural(crossing.calls_after_free, 'call')} a month. `;
  return (
    <p className="jp-Faas-secondary jp-Faas-small">
      {crossing.reached &&
        `At this number of calls, runs take up ${count(crossing.busy_hours)} of the 730 hours in a month. ${free}`}
      <span title={crossing.source}>{`Price as of ${crossing.as_of}. ${crossing.note}`}</span>
    </p>
  );
}

function Plot({ chart }: { chart: IBreakEvenChart }): React.ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(DEFAULT_WIDTH);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) {
        setWidth(Math.floor(entry.contentRect.width));
      }
    });
    if (place.current) {
      observer.observe(place.current);
    }
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    let wanted = true;
    // Load d3 only when a chart is displayed.
    import('./chartdrawing')
      .then(({ drawChart }) => {
        if (wanted && svg.current) {
          drawChart(svg.current, chart, width);
        }
      })
      .catch(() => wanted && setFailed(true));
    return () => {
      wanted = false;
    };
  }, [chart, width]);
  return (
    <div className="jp-FaasPlot" ref={place}>
      {failed ? (
        <Message tone="warn" title="The chart could not be loaded">
          <p>Its content is described below and in the table.</p>
        </Message>
      ) : (
        <svg ref={svg} role="img" aria-label={chartSentence(chart)} />
      )}
    </div>
  );
}

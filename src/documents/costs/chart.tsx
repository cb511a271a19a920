import React, { useEffect, useRef, useState } from 'react';

import type { IAlwaysOn } from '../../api/costs';
import { Message } from '../../components/message';
import { Select } from '../../components/select';
import { count, plural } from '../../format/format';
import { sentenceOf, type IChart } from './breakeven';

/** Before its place tells how wide it is. */
const USUAL_WIDTH = 600;

interface IChartProps {
  chart: IChart | null;
  name: string;
  references: readonly IAlwaysOn[];
  /** The name of what was chosen; null: the cheapest that fits. */
  alwaysOn: string | null;
  onChoose: (name: string | null) => void;
}

/** From how many calls on something that is always on is cheaper. */
export function CrossingChart(props: IChartProps): React.ReactElement {
  const { chart, name, references, alwaysOn, onChoose } = props;
  return (
    <section className="jp-FaasCosts-chart" aria-label="Functions or always-on?">
      <div className="jp-FaasCosts-title">
        <h2>Functions or always-on?</h2>
        <span className="jp-Faas-secondary jp-Faas-ellipsis" title={name}>
          {name}
        </span>
        <Select
          label="Compare with"
          value={alwaysOn ?? ''}
          options={[
            { value: '', label: 'The cheapest that fits' },
            ...references.map(one => ({
              value: one.name,
              label: `${one.label}: ${one.text} a month`
            }))
          ]}
          onChange={chosen => onChoose(chosen || null)}
        />
      </div>
      {chart === null ? (
        <p className="jp-Faas-secondary">
          Nothing of it is charged, or nothing always on is so large.
        </p>
      ) : (
        <>
          <Plot chart={chart} />
          <p>{sentenceOf(chart)}</p>
          <Footnote chart={chart} />
        </>
      )}
    </section>
  );
}

function Footnote({ chart: { crossing } }: { chart: IChart }): React.ReactElement {
  const free =
    crossing.calls_after_free === crossing.calls
      ? ''
      : `With the free tier it is ${plural(crossing.calls_after_free, 'call')}. `;
  return (
    <p className="jp-Faas-secondary jp-Faas-small">
      {crossing.reached && `That is ${count(crossing.busy_hours)} of 730 hours busy. ${free}`}
      <span title={crossing.source}>{`Price as of ${crossing.as_of}. ${crossing.note}`}</span>
    </p>
  );
}

function Plot({ chart }: { chart: IChart }): React.ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(USUAL_WIDTH);
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
    // Only who looks at costs pays for loading d3.
    import('./chartdrawing')
      .then(({ plot }) => {
        if (wanted && svg.current) {
          plot(svg.current, chart, width);
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
        <Message tone="warn" title="The drawing could not be loaded">
          <p>What it shows stands below and in the table.</p>
        </Message>
      ) : (
        <svg ref={svg} role="img" aria-label={sentenceOf(chart)} />
      )}
    </div>
  );
}

import React from 'react';

import type { IFunctionCost, IMemoryAdvice } from '../../api/costs';
import { MemoryButton } from '../../components/memorybutton';
import { count, memory, plural, share } from '../../format/format';
import { withinPeriod, type Period } from '../../format/periods';
import { savedShare } from './breakeven';

interface IMemorySectionProps {
  one: IFunctionCost;
  period: Period;
  /** Write a memory size into the function's cell; null if the cell is not open. */
  set: ((megabytes: number) => void) | null;
}

/** The section on a function's memory use and the savings with less memory. */
export function MemorySection(props: IMemorySectionProps): React.ReactElement | null {
  const { one } = props;
  const { name, advice, memory_mb: limit, peak_mb: peak } = one;
  if (limit === null) {
    return null;
  }
  return (
    <section aria-label={`Memory of ${name}`}>
      <h2>{advice ? `${name} has memory to spare` : `Memory of ${name}`}</h2>
      {peak === null ? (
        <p className="jp-Faas-secondary">
          {memory(limit)}. This target does not report how much memory the calls used.
        </p>
      ) : (
        <>
          <p>
            {`Peak use was ${memory(peak)} of ${memory(limit)} over ${plural(one.measured, one.kind === 'function' ? 'call' : 'run')}.`}
            {advice &&
              ` ${memory(advice.memory_mb)} is still ${(1 + advice.headroom).toFixed(1)} times the peak.`}
          </p>
          <Bar limit={limit} peak={peak} advised={advice?.memory_mb ?? null} />
        </>
      )}
      {advice && <Advice {...props} advice={advice} />}
    </section>
  );
}

function Advice(props: IMemorySectionProps & { advice: IMemoryAdvice }): React.ReactElement {
  const { one, period, set, advice } = props;
  const saved = savedShare(one);
  const saves = advice.certain
    ? `${advice.most_saved_text} ${withinPeriod(period)}${saved === null ? '' : `, ${share(saved)}`}`
    : `${advice.least_saved_text} to ${advice.most_saved_text} ${withinPeriod(period)}`;
  return (
    <>
      <p className="jp-FaasCosts-line">
        <span>Would have saved</span>
        <span className="jp-Faas-number jp-mod-saves">{saves}</span>
      </p>
      <p className="jp-Faas-secondary jp-Faas-small">{advice.why}</p>
      <MemoryButton megabytes={advice.memory_mb} set={set} />
      {!set && (
        <p className="jp-Faas-secondary jp-Faas-small">
          {`The cell of ${one.name} is not in an open notebook. Add --memory ${advice.memory_mb} to its first line.`}
        </p>
      )}
    </>
  );
}

interface IBarProps {
  limit: number;
  peak: number;
  advised: number | null;
}

/**
 * A bar of the memory use. It is hidden from screen readers because the sentence above it has the
 * same content.
 */
function Bar({ limit, peak, advised }: IBarProps): React.ReactElement {
  const part = (value: number) => `${Math.min(100, (100 * value) / limit)}%`;
  return (
    <div className="jp-FaasCosts-memory" aria-hidden="true">
      <div className="jp-FaasCosts-bar">
        <span style={{ width: part(peak) }} />
        {advised !== null && <i style={{ left: part(advised) }} />}
      </div>
      <div className="jp-FaasCosts-ends">
        <span>peak {count(peak)}</span>
        {advised !== null && advised / limit > 0.35 && advised / limit < 0.88 && (
          <b style={{ left: part(advised) }}>{count(advised)}</b>
        )}
        <span>{count(limit)}</span>
      </div>
    </div>
  );
}

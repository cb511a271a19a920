import React, { useState } from 'react';

import { Icon } from '../../../components/icon';
import { useTreeKeyboard } from '../../../components/treekeyboard';
import { duration, MISSING } from '../../../format/format';
import { PER_MILLION, sum, usd } from '../../../format/money';
import type { ITabProps } from '../props';
import { stepCost, chargedRuns, totalTimes } from '../steptree';
import { traceSummary, type ITraceSummary } from './summarytext';
import { timeExtent, timeScale, type IScale, type ScaleKind } from './timescale';
import { TraceRow } from './tracerow';
import { visibleRows, type IFolding } from './visiblerows';

const NOTHING_FOLDED: IFolding = { open: new Map(), overhead: new Set() };

/**
 * The tab with the waterfall, which shows the wait, init, run and cost of every call on one time
 * axis.
 */
export function TraceTab(props: ITabProps): React.ReactElement {
  const { session, tree, model, actions } = props;
  const [folding, setFolding] = useState(NOTHING_FOLDED);
  const span = timeExtent(session);
  const scale = timeScale(model.scale, span.to - span.from);
  const rows = visibleRows(tree, folding);
  const fold = (id: string, open: boolean) =>
    setFolding({ ...folding, open: new Map(folding.open).set(id, open) });
  const toggleOverhead = (id: string) => {
    const overhead = new Set(folding.overhead);
    if (!overhead.delete(id)) {
      overhead.add(id);
    }
    setFolding({ ...folding, overhead });
  };
  const keys = useTreeKeyboard({
    role: 'row',
    rows,
    open: id => {
      if (id !== session.id) {
        actions.open(id);
      }
    },
    expand: id => fold(id, true),
    collapse: id => fold(id, false)
  });
  return (
    <div className="jp-FaasTrace">
      <div className="jp-FaasSession-note">
        <TraceSummary insight={traceSummary(session, tree)} />
        <span className="jp-FaasSession-space" />
        <ScaleSwitch scale={model.scale} onChange={kind => (model.scale = kind)} />
      </div>
      <div className="jp-FaasTable-scroll">
        <table
          className="jp-FaasTable jp-FaasTrace-table"
          role="treegrid"
          aria-label="Calls of this session"
          onKeyDown={keys.onKeyDown}
        >
          <colgroup>
            <col className="jp-FaasTrace-call" />
            <col />
            <col className="jp-FaasTrace-time jp-mod-spare" />
            <col className="jp-FaasTrace-time jp-mod-spare" />
            <col className="jp-FaasTrace-time" />
            <col className="jp-FaasTrace-cost" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">Call</th>
              <th scope="col" className="jp-FaasTrace-bars">
                <Axis scale={scale} />
                <span className="jp-Faas-hidden">Time</span>
              </th>
              <th scope="col" className="jp-mod-right jp-mod-spare">
                Wait
              </th>
              <th scope="col" className="jp-mod-right jp-mod-spare">
                Init
              </th>
              <th scope="col" className="jp-mod-right">
                Run
              </th>
              <th scope="col" className="jp-mod-right">
                {PER_MILLION}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <TraceRow
                key={row.id}
                row={row}
                session={session}
                scale={scale}
                span={span}
                selected={row.id === model.selected}
                active={row.id === keys.active}
                onFocus={() => keys.setActive(row.id)}
                onSelect={() => (model.selected = row.id)}
                onOpen={row.id === session.id ? undefined : () => actions.open(row.id)}
                onFold={open => fold(row.id, open)}
                onOverhead={() => toggleOverhead(row.id)}
              />
            ))}
          </tbody>
          {session.kind !== 'function' && (
            <tfoot>
              <Total {...props} />
            </tfoot>
          )}
        </table>
      </div>
      <Legend />
    </div>
  );
}

/** A sentence with the most important fact of the waterfall. */
function TraceSummary({ insight }: { insight: ITraceSummary | null }): React.ReactElement | null {
  if (insight === null) {
    return null;
  }
  const { tone, before, name, after } = insight;
  return (
    <p className="jp-FaasSession-insight">
      {tone === 'cold' && <Icon name="snowflake" tone="cold" />}
      {tone === 'error' && <Icon name="disc-cross" tone="error" />}
      {tone === 'busy' && <Icon name="arc" tone="busy" />}
      <span>
        {before}
        <b>{name}</b>
        {after}
      </span>
    </p>
  );
}

function Total({ tree, session }: ITabProps): React.ReactElement {
  const runs = chargedRuns(tree);
  const times = totalTimes(runs);
  return (
    <tr className="jp-FaasTable-total">
      <td>Total</td>
      <td />
      <td className="jp-Faas-number jp-mod-right jp-mod-spare">{duration(times.wait)}</td>
      <td className="jp-Faas-number jp-mod-right jp-mod-spare">{duration(times.init)}</td>
      <td className="jp-Faas-number jp-mod-right">{duration(times.run)}</td>
      <td className="jp-Faas-number jp-mod-right">
        {session.cost.text ?? (runs.length > 0 ? usd(sum(runs.map(stepCost))) : MISSING)}
      </td>
    </tr>
  );
}

function Axis({ scale }: { scale: IScale }): React.ReactElement {
  return (
    <div className="jp-FaasTrace-axis" aria-hidden="true">
      {scale.ticks.map(({ at, label }) => (
        <span
          key={at}
          className={at === 0 ? 'jp-mod-first' : at === 1 ? 'jp-mod-last' : undefined}
          style={{ left: `${100 * at}%` }}
        >
          {label}
        </span>
      ))}
    </div>
  );
}

interface IScaleSwitchProps {
  scale: ScaleKind;
  onChange: (scale: ScaleKind) => void;
}

const SCALES: [ScaleKind, string][] = [
  ['linear', 'Linear'],
  ['log', 'Log']
];

function ScaleSwitch({ scale, onChange }: IScaleSwitchProps): React.ReactElement {
  return (
    <span className="jp-FaasSegments" role="group" aria-label="Time scale">
      {SCALES.map(([kind, words]) => (
        <button
          key={kind}
          type="button"
          aria-pressed={kind === scale}
          onClick={() => onChange(kind)}
        >
          {words}
        </button>
      ))}
    </span>
  );
}

function Legend(): React.ReactElement {
  return (
    <div className="jp-FaasTrace-legend">
      <span>
        <Sample className="jp-mod-wait" />
        Wait (for a container)
      </span>
      <span>
        <Sample className="jp-mod-init" />
        Init (cold start)
      </span>
      <span>
        <Sample className="jp-mod-run" />
        Run
      </span>
      <span>
        <Sample className="jp-mod-run jp-mod-failed" />
        Run, failed
      </span>
    </div>
  );
}

function Sample({ className }: { className: string }): React.ReactElement {
  return (
    <span className="jp-FaasTrace-sample" aria-hidden="true">
      <span className={`jp-FaasBar ${className}`} />
    </span>
  );
}

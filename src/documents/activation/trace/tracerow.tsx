import React from 'react';

import type { ISession } from '../../../api/session';
import { Icon } from '../../../components/icon';
import { duration, MISSING, moment } from '../../../format/format';
import { shownName } from '../../../format/names';
import { OVERHEAD_HINT } from '../../../format/overhead';
import { OutcomeIcon } from '../outcomeicon';
import { repetitionLabel } from '../steptree';
import { stepOutcome } from '../text';
import { stepBars, type IBar, type IScale } from './timescale';
import type { ITraceRow } from './visiblerows';

interface ITraceRowProps {
  row: ITraceRow;
  session: ISession;
  scale: IScale;
  span: { from: number; to: number };
  selected: boolean;
  active: boolean;
  onFocus: () => void;
  onSelect: () => void;
  /** Open the activation; missing in the row of the session itself. */
  onOpen?: () => void;
  onFold: (open: boolean) => void;
  onOverhead: () => void;
}

export function TraceRow(props: ITraceRowProps): React.ReactElement {
  const { row, scale, span, selected, active, onFocus, onSelect, onOpen } = props;
  const { step, level, times } = row;
  return (
    <tr
      role="row"
      className={row.isOverhead ? 'jp-FaasTrace-overhead' : undefined}
      data-id={row.id}
      aria-level={level + 1}
      aria-expanded={row.open ?? undefined}
      aria-selected={selected}
      tabIndex={active ? 0 : -1}
      onFocus={event => {
        if (event.target === event.currentTarget) {
          onFocus();
        }
      }}
      onClick={onSelect}
      onDoubleClick={onOpen}
    >
      <td>
        <Call {...props} />
      </td>
      <td className="jp-FaasTrace-bars">
        <div className="jp-FaasTrace-row" title={times.run === null ? undefined : barTooltip(row)}>
          {scale.ticks.slice(0, -1).map(({ at }) => (
            <span key={at} className="jp-FaasTrace-tick" style={{ left: `${100 * at}%` }} />
          ))}
          {stepBars(step, row.group, scale, span).map(bar => (
            <Bar key={bar.what} bar={bar} />
          ))}
        </div>
      </td>
      <Time ms={times.wait} spare />
      <Time ms={times.init} spare />
      <Time ms={times.run} />
      <td className="jp-Faas-number jp-mod-right">{row.price ?? MISSING}</td>
    </tr>
  );
}

function Call(props: ITraceRowProps): React.ReactElement {
  const { row, session, onOpen, onFold, onOverhead } = props;
  const { step, level, group, open, overhead, overheadShown } = row;
  const nth = row.isOverhead ? null : repetitionLabel(step, session);
  return (
    <div className="jp-FaasTrace-name" style={{ paddingLeft: `${16 * level}px` }}>
      {!group && <span className="jp-FaasTrace-twist" />}
      {group && (
        <button
          type="button"
          className="jp-FaasTrace-twist"
          tabIndex={-1}
          disabled={open === null}
          aria-label={`${open ? 'Collapse' : 'Expand'} ${step.name}`}
          onClick={event => {
            event.stopPropagation();
            onFold(!open);
          }}
        >
          {open !== null && <Icon name={open ? 'down' : 'right'} />}
        </button>
      )}
      {(!group || level > 0) && <OutcomeIcon outcome={stepOutcome(step)} />}
      <span
        className={`jp-Faas-ellipsis${group ? ' jp-mod-strong' : ''}`}
        title={step.error === null ? step.name : `${step.name}: ${step.error}`}
      >
        {onOpen ? (
          <button
            type="button"
            className="jp-FaasTrace-open"
            tabIndex={-1}
            title={`Open activation ${step.id}${step.error === null ? '' : `\n${step.error}`}`}
            onClick={onOpen}
          >
            {shownName(step.name)}
          </button>
        ) : (
          step.name
        )}
      </span>
      {step.cold && !group && (
        <span className="jp-FaasTrace-cold" title="Cold start">
          <Icon name="snowflake" tone="cold" small />
          <span className="jp-Faas-hidden">cold start</span>
        </span>
      )}
      {nth !== null && <span className="jp-FaasTrace-nth">{nth}</span>}
      {step.role === 'async' && <span className="jp-FaasTrace-nth">asynchronous</span>}
      {step.role === 'wait' && <span className="jp-FaasTrace-nth">continuation</span>}
      {overhead !== '' && (
        <button
          type="button"
          className="jp-FaasTrace-nth jp-FaasTrace-steps"
          tabIndex={-1}
          aria-pressed={overheadShown}
          title={`${overheadShown ? 'Hide' : 'Show'} ${overhead}. ${OVERHEAD_HINT}`}
          onClick={event => {
            event.stopPropagation();
            onOverhead();
          }}
        >
          {`${nth === null && step.role !== 'async' ? '' : '· '}${overhead}`}
        </button>
      )}
    </div>
  );
}

/** A bar, which is at least 3 px wide even at the right edge. */
function Bar({ bar: { what, from, width, failed } }: { bar: IBar }): React.ReactElement {
  const classes = `jp-FaasBar jp-mod-${what}${failed ? ' jp-mod-failed' : ''}`;
  const left = `min(${percent(from)}, 100% - 3px)`;
  return <span className={classes} style={{ left, width: percent(width) }} />;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(3)}%`;
}

function Time({ ms, spare }: { ms: number | null; spare?: boolean }): React.ReactElement {
  return (
    <td className={`jp-Faas-number jp-mod-right${spare ? ' jp-mod-spare' : ''}`}>
      {ms ? duration(ms) : <Missing zero={ms === 0} />}
    </td>
  );
}

function Missing({ zero }: { zero: boolean }): React.ReactElement {
  return <span className="jp-Faas-secondary">{zero ? duration(0) : MISSING}</span>;
}

function barTooltip({ step }: ITraceRow): string {
  const error = step.error === null ? '' : `\n${step.error}`;
  return `${moment(step.start)}, ${duration(step.duration_ms)}${error}`;
}

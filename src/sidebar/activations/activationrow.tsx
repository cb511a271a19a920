import React, { useEffect, useRef } from 'react';

import type { IFailedLine } from '../../api/types';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import { age, count, duration, MISSING, moment, plural } from '../../format/format';
import { OVERHEAD_HINT } from '../../format/overhead';
import { endTime } from '../../format/runs';
import { ActivationDetails, detailsId } from './details';
import type { ActivationsModel } from './model';
import { rowLabel, type IActivationRow } from './rows';

/** The actions of rows, which the plugin implements. */
export interface IActivationActions {
  copy: (text: string) => void;
  /** Open the document of an activation. */
  open: (id: string) => void;
  /** Go to the line of the notebook at which a run of the function failed. */
  openLine: (name: string, where: IFailedLine) => void;
  menu: (row: IActivationRow, under: HTMLElement) => void;
}

interface IActivationItemProps {
  model: ActivationsModel;
  actions: IActivationActions;
  now: number;
  row: IActivationRow;
  /** The id of the row that is in the tab order. */
  active: string | null;
  focus: (id: string) => void;
}

/** A row of the list and, if the row is expanded, its details. */
export function ActivationItem({
  row,
  model,
  actions,
  active,
  focus,
  now
}: IActivationItemProps): React.ReactElement {
  const { id, level, kind } = row;
  const details = model.details(row);
  return (
    <>
      <ActivationRow
        row={row}
        open={model.isOpen(id)}
        active={active === id}
        now={now}
        onToggle={() => {
          focus(id);
          model.toggle(row);
        }}
        onOpen={() => kind !== 'conductors' && actions.open(id)}
        onMenu={under => {
          focus(id);
          actions.menu(row, under);
        }}
        onFocus={() => focus(id)}
        onSeen={() => model.onRowVisible(row)}
      />
      {details && (
        <ActivationDetails
          activation={row.entry}
          level={level}
          active={active === detailsId(id)}
          onFocus={() => focus(detailsId(id))}
          details={details}
          url={model.activationUrl(id)}
          open={() => actions.open(id)}
          openLine={where => actions.openLine(row.name, where)}
          copy={actions.copy}
        />
      )}
    </>
  );
}

interface IActivationRowProps {
  row: IActivationRow;
  open: boolean;
  active: boolean;
  now: number;
  onToggle: () => void;
  onOpen: () => void;
  onMenu: (under: HTMLElement) => void;
  onFocus: () => void;
  /** Called when the row first becomes visible. */
  onSeen: () => void;
}

function ActivationRow(props: IActivationRowProps): React.ReactElement {
  const { row, open, active, now } = props;
  const { entry, kind } = row;
  const node = useRef<HTMLDivElement>(null);
  useFirstVisible(node, props.onSeen);
  const classes = [
    'jp-FaasActivationRow',
    row.level > 1 ? 'jp-mod-step' : '',
    kind === 'conductors' ? 'jp-mod-fold' : ''
  ];
  return (
    <div
      ref={node}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--jp-faas-depth': row.level - 1 } as React.CSSProperties}
      role="treeitem"
      aria-level={row.level}
      aria-expanded={open}
      aria-label={rowLabel(row, now)}
      data-id={row.id}
      tabIndex={active ? 0 : -1}
      onClick={props.onToggle}
      onDoubleClick={props.onOpen}
      onFocus={props.onFocus}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        props.onMenu(event.currentTarget);
      }}
    >
      <Icon
        name={open ? 'down' : 'right'}
        className={`jp-FaasActivationRow-twist${kind === 'run' ? '' : ' jp-mod-parent'}`}
      />
      {kind === 'conductors' ? <span /> : <Outcome row={row} />}
      <span className="jp-FaasActivationRow-name">
        {kind === 'conductors' ? (
          <span className="jp-Faas-secondary jp-Faas-ellipsis" title={OVERHEAD_HINT}>
            {row.name}
          </span>
        ) : (
          <FunctionName name={row.name} />
        )}
        {row.calls !== null && (
          <span
            className="jp-FaasActivationRow-calls jp-Faas-secondary jp-Faas-wide"
            title={plural(row.calls, 'call')}
          >
            ×{count(row.calls)}
          </span>
        )}
        {row.cold && (
          <span className="jp-FaasActivationRow-cold" title="Cold start">
            <Icon name="snowflake" tone="cold" small />
          </span>
        )}
      </span>
      {kind !== 'conductors' && <span className="jp-Faas-number">{durationOf(row, now)}</span>}
      <span className="jp-Faas-number" title={priceTitle(row)}>
        {row.costText ?? MISSING}
      </span>
      <span
        className="jp-Faas-number jp-Faas-secondary jp-Faas-wide"
        title={moment(endTime(entry))}
      >
        {kind === 'conductors' ? '' : age(endTime(entry), now)}
      </span>
      {entry.error && kind !== 'conductors' && (
        <span
          className="jp-FaasActivationRow-error jp-Faas-ellipsis jp-Faas-small"
          title={entry.error}
        >
          {entry.error}
        </span>
      )}
    </div>
  );
}

function Outcome({ row }: { row: IActivationRow }): React.ReactElement {
  if (row.running) {
    return <Icon name="arc" tone="busy" small />;
  }
  return row.entry.ok ? (
    <Icon name="disc" tone="ok" small />
  ) : (
    <Icon name="disc-cross" tone="error" small />
  );
}

function durationOf({ entry, running }: IActivationRow, now: number): string {
  return duration(running ? Math.max(0, now - entry.start) : entry.duration_ms);
}

function priceTitle({ kind, costText, calls }: IActivationRow): string | undefined {
  return kind === 'session' && costText !== null && calls !== null
    ? `${costText} per million sessions. Based on the exact cost of all calls in this session, including the runs of the conductor.`
    : undefined;
}

/** Call `onSeen` once, when the element is first scrolled into view. */
function useFirstVisible(node: React.RefObject<HTMLElement | null>, onSeen: () => void): void {
  const latest = useRef(onSeen);
  latest.current = onSeen;
  useEffect(() => {
    const element = node.current;
    if (element === null) {
      return;
    }
    const observer = new IntersectionObserver(entries => {
      if (entries.some(one => one.isIntersecting)) {
        observer.disconnect();
        latest.current();
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [node]);
}

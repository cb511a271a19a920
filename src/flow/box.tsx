import React from 'react';

import { duration, plural } from '../format/format';
import { PATHS, type IconName } from '../icons';
import type { ILayout } from './geometry';
import type { IBox } from './graphparts';
import type { IBoxRun, IRunOverlay } from './runoverlay';
import { BOX, isMono } from './sizes';
import { truncateToWidth, truncateMono } from './textwidth';

/** A note on a node that is independent of any run, such as `not deployed`. */
export interface INote {
  text: string;
  icon: IconName;
  tone: 'ok' | 'warn' | 'plain';
}

export interface IBoxProps {
  place: ILayout['boxes'][number];
  run: IRunOverlay | null;
  note: INote | null;
  selected: boolean;
  /** The tab index of the box; null if boxes cannot be selected. */
  tabIndex: number | null;
  onFocus: () => void;
  onClick: () => void;
  onDoubleClick: () => void;
}

/** The box of one function, with its name and its state in the run. */
export function BoxShape(props: IBoxProps): React.ReactElement {
  const { place, run, note, selected, tabIndex } = props;
  const { of, x, y, width, height } = place;
  const at = run === null ? null : run.at(of.path);
  const state = boxState(at);
  const glyphs = boxIcons(at, note);
  const count = at !== null && at.visits > 0 ? `×${at.visits}` : '';
  const room = width - 2 * BOX.inset;
  const free = room - glyphs.length * 16;
  const chosen = tabIndex !== null;
  return (
    <g
      className={`jp-FaasFlow-box jp-mod-${state} jp-mod-${of.box}${selected ? ' jp-mod-selected' : ''}`}
      data-id={of.id}
      data-path={of.path}
      role={chosen ? 'button' : 'img'}
      aria-pressed={chosen ? selected : undefined}
      aria-label={ariaLabel(of, at, note)}
      tabIndex={tabIndex ?? undefined}
      onFocus={props.onFocus}
      onClick={props.onClick}
      onDoubleClick={props.onDoubleClick}
    >
      <title>{of.fullText}</title>
      <rect
        className="jp-FaasFlow-ring"
        data-ring=""
        x={x - 4}
        y={y - 4}
        width={width + 8}
        height={height + 8}
        rx={3}
      />
      <rect className="jp-FaasFlow-body" x={x} y={y} width={width} height={height} rx={2} />
      <text className="jp-FaasFlow-name" x={x + BOX.inset} y={y + 19}>
        {isMono(of) ? truncateMono(of.title, free) : truncateToWidth(of.title, free)}
      </text>
      <text className="jp-FaasFlow-detail" x={x + BOX.inset} y={y + 36}>
        {truncateToWidth(detailText(of, at, note), room - (count ? 8 + 7 * count.length : 0), 12)}
      </text>
      {count && (
        <text className="jp-FaasFlow-detail" x={x + width - 9} y={y + 36} textAnchor="end">
          {count}
        </text>
      )}
      {glyphs.map(([name, tone], index) => (
        <BoxIcon key={name} name={name} tone={tone} x={x + width - 21 - index * 16} y={y + 8} />
      ))}
    </g>
  );
}

/** An icon of jupyter_faas inside the drawing. */
function BoxIcon(props: {
  name: IconName;
  x: number;
  y: number;
  tone: string;
}): React.ReactElement {
  const { name, x, y, tone } = props;
  const stroked = name === 'snowflake';
  return (
    <svg
      className={`jp-FaasFlow-glyph jp-mod-${tone}${stroked ? ' jp-mod-stroked' : ''}`}
      x={x}
      y={y}
      width={12}
      height={12}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <path d={PATHS[name]} fillRule="evenodd" />
    </svg>
  );
}

function boxState(at: IBoxRun | null): string {
  if (at === null) {
    return 'plain';
  }
  if (at.running) {
    return 'running';
  }
  if (at.visits === 0) {
    return 'off';
  }
  return at.failed >= at.visits ? 'failed' : 'taken';
}

function boxIcons(at: IBoxRun | null, note: INote | null): [IconName, string][] {
  if (at === null) {
    return note === null ? [] : [[note.icon, note.tone]];
  }
  const found: [IconName, string][] = [];
  if (at.running) {
    found.push(['arc', 'busy']);
  }
  if (at.failed > 0) {
    found.push(['disc-cross', 'error']);
  }
  if (at.cold) {
    found.push(['snowflake', 'cold']);
  }
  return found;
}

function detailText(of: IBox, at: IBoxRun | null, note: INote | null): string {
  if (at === null) {
    return note?.text ?? of.detail;
  }
  if (at.running) {
    return 'running';
  }
  if (at.visits === 0) {
    return 'not reached';
  }
  return at.ms === null ? of.detail : duration(at.ms);
}

/**
 * Return the accessible name of a box: `fetch_asset, called 2 times, 1 failed, cold start, 360 ms`.
 */
function ariaLabel(of: IBox, at: IBoxRun | null, note: INote | null): string {
  if (at === null) {
    return `${of.title}, ${note?.text ?? of.detail}`;
  }
  if (at.visits === 0 && !at.running) {
    return `${of.title}, not reached`;
  }
  const verb = of.box === 'action' || of.box === 'dynamic' ? 'called' : 'reached';
  const facts = [
    of.title,
    at.running ? 'running' : '',
    at.visits > 0 ? `${verb} ${at.visits === 1 ? 'once' : plural(at.visits, 'time')}` : '',
    at.failed > 0 ? `${at.failed} failed` : '',
    at.cold ? 'cold start' : '',
    at.ms === null ? '' : duration(at.ms)
  ];
  return facts.filter(Boolean).join(', ');
}

import React from 'react';

import { BoxShape, type IBoxProps } from './box';
import type { ILayout, IPlacedFrame, IPlacedLink, Point } from './geometry';
import type { IRunOverlay } from './runoverlay';
import { FRAME } from './sizes';
import { truncateToWidth } from './textwidth';

interface ISceneProps {
  layout: ILayout;
  run: IRunOverlay | null;
  scale: number;
  /** The accessible name of the drawing. */
  label: string;
  box: (id: string) => Omit<IBoxProps, 'place' | 'run'>;
}

/** The SVG drawing. Data is inserted as text nodes only, never as markup. */
export const Scene = React.forwardRef<SVGSVGElement, ISceneProps>((props, ref) => {
  const { layout, run, scale, label, box } = props;
  const { width, height, frames, links, marks, diamonds, boxes } = layout;
  const ways = links.map(link => ({ link, times: run === null ? null : link.taken(run) }));
  // Draw the edges that the run took on top of the others.
  ways.sort((a, b) => Number((a.times ?? 0) > 0) - Number((b.times ?? 0) > 0));
  return (
    <svg
      ref={ref}
      className="jp-FaasFlow-drawing"
      width={Math.ceil(width * scale)}
      height={Math.ceil(height * scale)}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={label}
    >
      {frames.map((frame, index) => (
        <rect
          key={index}
          className="jp-FaasFlow-frame"
          x={frame.x}
          y={frame.y}
          width={frame.width}
          height={frame.height}
          rx={2}
        />
      ))}
      {ways.map(({ link, times }, index) => (
        <Edge key={index} link={link} times={times} />
      ))}
      {frames.map((frame, index) => (
        <FrameLabel key={index} frame={frame} words={frame.label(run)} />
      ))}
      {marks.map(mark => (
        <Mark key={mark.of.id} mark={mark} run={run} />
      ))}
      {diamonds.map(({ of, x, y, width: size }) => {
        const half = size / 2;
        const taken = ways.some(({ link, times }) => link.to === of.id && (times ?? 0) > 0);
        return (
          <path
            key={of.id}
            className={`jp-FaasFlow-diamond jp-mod-${stateOf(run, taken)}`}
            d={`M${x} ${y + half}l${half} ${-half} ${half} ${half} ${-half} ${half}z`}
          />
        );
      })}
      {boxes.map(place => (
        <BoxShape key={place.of.id} place={place} run={run} {...box(place.of.id)} />
      ))}
    </svg>
  );
});
Scene.displayName = 'Scene';

/**
 * The label of a frame. It has an outline and is drawn over the edges, because the edge that enters
 * a narrow frame crosses the label.
 */
function FrameLabel({ frame, words }: { frame: IPlacedFrame; words: string }): React.ReactElement {
  return (
    <text className="jp-FaasFlow-label" x={frame.x + FRAME.inset} y={frame.y + 18}>
      <title>{words}</title>
      {truncateToWidth(words, frame.width - 2 * FRAME.inset, FRAME.font)}
    </text>
  );
}

function stateOf(run: IRunOverlay | null, taken: boolean): string {
  return run === null ? 'plain' : taken ? 'taken' : 'off';
}

function Edge({ link, times }: { link: IPlacedLink; times: number | null }): React.ReactElement {
  const { points, label, arrow } = link;
  const state = times === null ? 'plain' : times > 0 ? 'taken' : 'off';
  const line = arrow ? shortened(points) : points;
  return (
    <g className={`jp-FaasFlow-link jp-mod-${state}`}>
      <path className="jp-FaasFlow-line" d={`M${line.map(([x, y]) => `${x} ${y}`).join('L')}`} />
      {arrow && <path className="jp-FaasFlow-arrow" d={arrowHead(points)} />}
      {label && (
        <text x={label.at[0]} y={label.at[1]} textAnchor={label.anchor}>
          {label.text}
          {times !== null && ` ×${times}`}
        </text>
      )}
    </g>
  );
}

/** The length and width of an arrow head in px. */
const ARROW_LENGTH = 8;

/** Return the end point of a polyline and the direction of its last segment. */
function lastSegment(points: Point[]): { end: Point; dx: number; dy: number } {
  const end = points[points.length - 1] ?? [0, 0];
  const before = [...points].reverse().find(([x, y]) => x !== end[0] || y !== end[1]) ?? end;
  return { end, dx: Math.sign(end[0] - before[0]), dy: Math.sign(end[1] - before[1]) };
}

/** Shorten a line so that its blunt end is hidden inside the arrow head. */
function shortened(points: Point[]): Point[] {
  const { end, dx, dy } = lastSegment(points);
  return [
    ...points.slice(0, -1),
    [end[0] - dx * (ARROW_LENGTH - 2), end[1] - dy * (ARROW_LENGTH - 2)]
  ];
}

function arrowHead(points: Point[]): string {
  const { end, dx, dy } = lastSegment(points);
  const [x, y] = end;
  const half = ARROW_LENGTH / 2;
  const [bx, by] = [x - dx * ARROW_LENGTH, y - dy * ARROW_LENGTH];
  return `M${x} ${y}L${bx - dy * half} ${by + dx * half}L${bx + dy * half} ${by - dx * half}z`;
}

function Mark({
  mark,
  run
}: {
  mark: ILayout['marks'][number];
  run: IRunOverlay | null;
}): React.ReactElement {
  const { of, x, y, width } = mark;
  const half = width / 2;
  const reached = of.kind === 'start' ? (run?.visits('') ?? 0) > 0 : (run?.succeeded ?? false);
  const [cx, cy] = [x + half, y + half];
  return (
    <g className={`jp-FaasFlow-mark jp-mod-${stateOf(run, reached)}`}>
      <title>{of.kind === 'start' ? 'Start' : 'End'}</title>
      {of.kind === 'end' && <circle className="jp-FaasFlow-rim" cx={cx} cy={cy} r={half - 1} />}
      <circle className="jp-FaasFlow-dot" cx={cx} cy={cy} r={of.kind === 'start' ? half : 2.5} />
    </g>
  );
}

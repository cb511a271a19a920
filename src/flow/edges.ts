/** Computes the routes of edges, which consist of horizontal and vertical segments only. */

import type { Direction } from './geometry';
import type { ILink } from './graphparts';
import type { IEdgeRoute, FlowPoint } from './placement';
import { GAP, LOOP, POINT } from './sizes';

/** One end of an edge. `near` and `far` are the sides of the shape along the cross axis. */
export interface IAnchor {
  id: string;
  m: number;
  c: number;
  /** The sides of the shape; null for a point without a shape. */
  sides: { near: number; far: number } | null;
  /** The outermost frame that begins or ends at this point; null if there is none. */
  frame: { begin: number; end: number; near: number; far: number } | null;
}

/** The points where edges enter and leave a part. */
export interface IEnds {
  entry: IAnchor;
  exit: IAnchor;
}

/** Return the route of an edge. `over` is the cross-axis position of a loop's back edge. */
export function routeEdge(
  { role }: ILink,
  { exit: from }: IEnds,
  { entry: to }: IEnds,
  over: number,
  direction: Direction
): IEdgeRoute {
  const end: FlowPoint = [to.m, to.c];
  const arrow = to.sides !== null;
  switch (role) {
    case 'branch':
      if (from.c !== to.c) {
        return routeBranch(from, to, direction);
      }
      break;
    case 'merge':
      if (from.c !== to.c) {
        return { points: [[from.m, from.c], [to.m, from.c], end], arrow, label: NO_LABEL };
      }
      break;
    case 'back':
      return routeBack(from, to, over, direction);
    case 'error':
      return routeError(from, to, direction);
  }
  const begin: FlowPoint = [from.frame?.end ?? from.m, from.c];
  const label =
    direction === 'right'
      ? { at: begin, dx: 5, dy: -7, anchor: 'start' as const }
      : { at: begin, dx: 7, dy: 16, anchor: 'start' as const };
  return { points: [[from.m, from.c], end], arrow, label };
}

const NO_LABEL = { at: [0, 0], dx: 0, dy: 0, anchor: 'start' } as const;

/** Route an edge from the side of a diamond, or from a fork, to a branch. */
function routeBranch(from: IAnchor, to: IAnchor, direction: Direction): IEdgeRoute {
  const near = to.c < from.c;
  const middle = from.sides === null ? from.m : from.m - POINT.diamond / 2;
  const side = from.sides === null ? from.c : near ? from.sides.near : from.sides.far;
  const label =
    direction === 'right'
      ? { at: [middle, to.c] as const, dx: 7, dy: near ? -8 : 17, anchor: 'start' as const }
      : {
          at: [middle, side] as const,
          dx: near ? -5 : 5,
          dy: -7,
          anchor: near ? ('end' as const) : ('start' as const)
        };
  const points: FlowPoint[] = [
    [middle, side],
    [middle, to.c],
    [to.m, to.c]
  ];
  return { points, arrow: to.sides !== null, label };
}

/** Route an edge back to the start of a loop, where it joins the edge that enters the loop. */
function routeBack(from: IAnchor, to: IAnchor, over: number, direction: Direction): IEdgeRoute {
  const target = (to.frame?.begin ?? to.m) - LOOP.lead;
  // The back edge leaves a diamond at its side, and any other part at its end.
  const diamond = from.frame === null && from.id.endsWith('?') && from.sides !== null;
  const out = diamond ? from.m - POINT.diamond / 2 : (from.frame?.end ?? from.m) + LOOP.out;
  const leave: FlowPoint[] =
    diamond && from.sides
      ? [[out, from.sides.near]]
      : [
          [from.m, from.c],
          [out, from.c]
        ];
  const label =
    direction === 'right'
      ? { at: [out, over] as const, dx: 6, dy: 16, anchor: 'start' as const }
      : { at: [out, from.sides?.near ?? from.c] as const, dx: -5, dy: -7, anchor: 'end' as const };
  return {
    points: [...leave, [out, over], [target, over], [target, to.c]],
    arrow: true,
    label
  };
}

/** Route an edge from the side of a frame to the frame's error handler. */
function routeError(from: IAnchor, to: IAnchor, direction: Direction): IEdgeRoute {
  const { begin, far } = from.frame ?? { begin: from.m, far: from.c };
  const right = direction === 'right';
  const out = right ? begin + GAP.errorOut : to.m - GAP.errorOut;
  const points: FlowPoint[] = [
    [out, far],
    [out, to.c],
    [to.m, to.c]
  ];
  const at: FlowPoint = [out, far];
  const label = right
    ? { at, dx: 8, dy: 20, anchor: 'start' as const }
    : { at, dx: 8, dy: -7, anchor: 'start' as const };
  return { points, arrow: to.sides !== null, label };
}

/** The ways that lines take: along the flow and across it, never aslant. */

import type { Direction } from './geometry';
import type { ILink } from './graphparts';
import type { IRoute, Spot } from './placement';
import { GAP, LOOP, POINT } from './sizes';

/** Where a line begins or ends; `near` and `far` are the sides of the shape across the flow. */
export interface IAnchor {
  id: string;
  m: number;
  c: number;
  /** Null of a place without a shape. */
  sides: { near: number; far: number } | null;
  /** The outermost frame that it is an end of. */
  frame: { begin: number; end: number; near: number; far: number } | null;
}

/** The innermost ends of a part. */
export interface IEnds {
  entry: IAnchor;
  exit: IAnchor;
}

/** `over` is where the way back of a loop runs. */
export function route(
  { role }: ILink,
  { exit: from }: IEnds,
  { entry: to }: IEnds,
  over: number,
  direction: Direction
): IRoute {
  const end: Spot = [to.m, to.c];
  const arrow = to.sides !== null;
  switch (role) {
    case 'branch':
      if (from.c !== to.c) {
        return sideways(from, to, direction);
      }
      break;
    case 'merge':
      if (from.c !== to.c) {
        return { spots: [[from.m, from.c], [to.m, from.c], end], arrow, label: NO_LABEL };
      }
      break;
    case 'back':
      return around(from, to, over, direction);
    case 'error':
      return aside(from, to, direction);
  }
  const begin: Spot = [from.frame?.end ?? from.m, from.c];
  const label =
    direction === 'right'
      ? { at: begin, dx: 5, dy: -7, anchor: 'start' as const }
      : { at: begin, dx: 7, dy: 16, anchor: 'start' as const };
  return { spots: [[from.m, from.c], end], arrow, label };
}

const NO_LABEL = { at: [0, 0], dx: 0, dy: 0, anchor: 'start' } as const;

/** Out of the side of a diamond, or from a fork, and on to a branch. */
function sideways(from: IAnchor, to: IAnchor, direction: Direction): IRoute {
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
  const spots: Spot[] = [
    [middle, side],
    [middle, to.c],
    [to.m, to.c]
  ];
  return { spots, arrow: to.sides !== null, label };
}

/** Back to the beginning of a loop, where the line arrives at the one that leads in. */
function around(from: IAnchor, to: IAnchor, over: number, direction: Direction): IRoute {
  const target = (to.frame?.begin ?? to.m) - LOOP.lead;
  // A diamond is left at its side, anything else where it ends.
  const diamond = from.frame === null && from.id.endsWith('?') && from.sides !== null;
  const out = diamond ? from.m - POINT.diamond / 2 : (from.frame?.end ?? from.m) + LOOP.out;
  const leave: Spot[] =
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
    spots: [...leave, [out, over], [target, over], [target, to.c]],
    arrow: true,
    label
  };
}

/** Out of the side of a frame, to what handles its failure. */
function aside(from: IAnchor, to: IAnchor, direction: Direction): IRoute {
  const { begin, far } = from.frame ?? { begin: from.m, far: from.c };
  const right = direction === 'right';
  const out = right ? begin + GAP.errorOut : to.m - GAP.errorOut;
  const spots: Spot[] = [
    [out, far],
    [out, to.c],
    [to.m, to.c]
  ];
  const at: Spot = [out, far];
  const label = right
    ? { at, dx: 8, dy: 20, anchor: 'start' as const }
    : { at, dx: 8, dy: -7, anchor: 'start' as const };
  return { spots, arrow: to.sides !== null, label };
}

/**
 * Arrow-key navigation between boxes. An arrow follows an edge if possible, and otherwise moves to
 * the nearest box in its direction.
 */

import type { ILayout, IRect } from './geometry';

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const DIRECTIONS: Record<Arrow, readonly [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1]
};

export function isArrow(key: string): key is Arrow {
  return key in DIRECTIONS;
}

/**
 * Return the id of the nearest box in the arrow's direction from the box `id`, or null if there is
 * none.
 */
export function neighbour(layout: ILayout, id: string, arrow: Arrow): string | null {
  const places = new Map(layout.boxes.map(one => [one.of.id, one]));
  const here = places.get(id);
  if (here === undefined) {
    return null;
  }
  const joined = connectedBoxes(layout, id, new Set(places.keys()));
  const along = layout.boxes.filter(one => joined.has(one.of.id));
  return nearest(here, along, arrow, true) ?? nearest(here, layout.boxes, arrow, false);
}

/**
 * Return the boxes that edges connect to the box `id`, through diamonds and points and in either
 * direction.
 */
function connectedBoxes({ links }: ILayout, id: string, boxes: Set<string>): Set<string> {
  const found = new Set<string>();
  for (const [one, other] of [
    ['from', 'to'],
    ['to', 'from']
  ] as const) {
    const seen = new Set([id]);
    const pending = [id];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const link of links) {
        const next = link[other];
        if (link[one] !== at || seen.has(next)) {
          continue;
        }
        seen.add(next);
        if (boxes.has(next)) {
          found.add(next);
        } else {
          pending.push(next);
        }
      }
    }
  }
  return found;
}

/**
 * Return the id of the nearest box in the direction of `arrow`, or null if there is none. If
 * `straight` is true, the box's offset in that direction must be at least its sideways offset.
 */
function nearest(
  here: IRect,
  boxes: ILayout['boxes'],
  arrow: Arrow,
  straight: boolean
): string | null {
  const [dx, dy] = DIRECTIONS[arrow];
  let best: string | null = null;
  let least = Infinity;
  for (const there of boxes) {
    const x = there.x + there.width / 2 - here.x - here.width / 2;
    const y = there.y + there.height / 2 - here.y - here.height / 2;
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy + y * dx);
    const distance =
      gap(here.x, here.width, there.x, there.width) ** 2 +
      gap(here.y, here.height, there.y, there.height) ** 2;
    if (ahead > 1 && (!straight || ahead >= aside) && distance < least) {
      least = distance;
      best = there.of.id;
    }
  }
  return best;
}

/** Return the distance between two intervals, or 0 if they overlap. */
function gap(one: number, length: number, other: number, otherLength: number): number {
  return Math.max(0, other - one - length, one - other - otherLength);
}

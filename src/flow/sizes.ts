/** Sizes of the drawing in px. `right` and `down` are for the two directions of flow. */

import type { IBox } from './graphparts';
import { monoWidth, textWidth } from './textwidth';

const MIN_BOX_WIDTH = 124;
const MAX_BOX_WIDTH = 224;

export const BOX = {
  height: 46,
  /** Padding before the text. */
  inset: 10,
  /** Space for the icon or the count at the end of a line. */
  aside: 22
};

export function boxWidth(box: IBox): number {
  const text = Math.max(titleWidth(box) + BOX.aside, textWidth(box.detail, 12));
  return Math.ceil(Math.min(MAX_BOX_WIDTH, Math.max(MIN_BOX_WIDTH, text + 2 * BOX.inset)));
}

/** Code and values use a smaller, monospace font. */
export function isMono({ box }: IBox): boolean {
  return box === 'code' || box === 'value';
}

function titleWidth(box: IBox): number {
  return isMono(box) ? monoWidth(box.title) : textWidth(box.title);
}

export const POINT = { diamond: 28, mark: 12 };

export const FRAME = {
  /** Padding on three sides; the fourth has the label. */
  padding: 14,
  head: 30,
  inset: 10,
  font: 11,
  /** The most that a frame is widened to keep its label off the edge into it. */
  stretch: 48
};

/** Distances of a loop's back edge. */
export const LOOP = { over: 28, lead: 14, out: 14 };

export const GAP = {
  /** Margin of the drawing. */
  edge: 8,
  along: { right: 32, down: 30 },
  across: { right: 20, down: 24 },
  /** Half the size of an empty branch. */
  wire: { right: 16, down: 36 },
  /** Between a frame and its error handler; the edge has a label. */
  handler: { right: 32, down: 28 },
  /** From the start of a frame to the start of its handler. */
  error: { right: 72, down: 40 },
  /** From there to the point where the error edge leaves the frame. */
  errorOut: 24,
  /** From the end of a frame to the join with its handler's path. */
  join: 20
};

/** Sizes of the drawing in px. `right` and `down` are the values for the two directions of flow. */

import type { IBox } from './graphparts';
import { monoWidth, textWidth } from './textwidth';

/** The font size of labels and details. Names are larger (style/flow.css). */
export const SMALLEST_FONT = 12;

const MIN_BOX_WIDTH = 132;
const MAX_BOX_WIDTH = 224;

export const BOX = {
  height: 46,
  /** The padding before the text. */
  inset: 10,
  /** The space at the end of a line for two icons, or for a count such as `×20`. */
  aside: 34
};

export function boxWidth(box: IBox): number {
  const text = BOX.aside + Math.max(titleWidth(box), textWidth(box.detail, SMALLEST_FONT));
  return Math.ceil(Math.min(MAX_BOX_WIDTH, Math.max(MIN_BOX_WIDTH, text + 2 * BOX.inset)));
}

/** Return whether the text of a box uses a smaller monospace font, as code and values do. */
export function isMono({ box }: IBox): boolean {
  return box === 'code' || box === 'value';
}

function titleWidth(box: IBox): number {
  return isMono(box) ? monoWidth(box.title) : textWidth(box.title);
}

export const POINT = { diamond: 28, mark: 12 };

export const FRAME = {
  /** The padding on three sides. The label is on the fourth side. */
  padding: 14,
  head: 30,
  inset: 10,
  font: SMALLEST_FONT,
  /** The maximum by which a frame is widened to separate its label from the edge that enters it. */
  stretch: 72
};

/** The distances of a loop's back edge from the parts of the loop. */
export const LOOP = { over: 28, lead: 14, out: 14 };

export const GAP = {
  /** The margin around the drawing. */
  edge: 8,
  along: { right: 32, down: 30 },
  across: { right: 20, down: 24 },
  /** Half the size of an empty branch. */
  wire: { right: 16, down: 36 },
  /** The gap between a frame and its error handler, which must fit the label of the edge. */
  handler: { right: 32, down: 28 },
  /** The distance from the start of a frame to the start of its handler. */
  error: { right: 72, down: 40 },
  /**
   * The distance at which the error edge leaves the frame: after the frame's start (`right`), or before
   * the handler's start (`down`).
   */
  errorOut: 24,
  /** The distance from the end of a frame to the point where the handler's path joins. */
  join: 20
};

/** Sizes of the drawing, in pixels. Where two are given, which holds depends on the flow's direction. */

import type { IBox } from './graphparts';
import { monoWidth, textWidth } from './textwidth';

const LEAST = 124;
const MOST = 224;

export const BOX = {
  height: 46,
  /** Before the text. */
  inset: 10,
  /** For the mark or the count at the end of a line. */
  aside: 22
};

export function boxWidth(box: IBox): number {
  const text = Math.max(titleWidth(box) + BOX.aside, textWidth(box.detail, 12));
  return Math.ceil(Math.min(MOST, Math.max(LEAST, text + 2 * BOX.inset)));
}

/** Code and values are written smaller, in letters of one width. */
export function isMono({ box }: IBox): boolean {
  return box === 'code' || box === 'value';
}

function titleWidth(box: IBox): number {
  return isMono(box) ? monoWidth(box.title) : textWidth(box.title);
}

export const POINT = { diamond: 28, mark: 12 };

export const FRAME = {
  /** On three sides; the label is on the fourth. */
  padding: 14,
  head: 30,
  inset: 10,
  font: 11,
  /** How much wider a frame gets at most to keep its label from the line in it. */
  stretch: 48
};

/** The way back of a loop. */
export const LOOP = { over: 28, lead: 14, out: 14 };

export const GAP = {
  /** Around the whole. */
  edge: 8,
  along: { right: 32, down: 30 },
  across: { right: 20, down: 24 },
  /** Half of what an empty branch takes. */
  wire: { right: 16, down: 36 },
  /** Between a frame and its handler, with words on the way. */
  handler: { right: 32, down: 28 },
  /** From the beginning of a frame to that of its handler. */
  error: { right: 72, down: 40 },
  /** From there, or back from the handler, to where the line leaves the frame. */
  errorOut: 24,
  /** Behind a frame, to where the handler's way comes back. */
  join: 20
};

/** The types of a finished layout. Positions are in px from the top left. */

import type { IBox, IDiamond, IMark } from './graphparts';
import type { Count, IRunOverlay } from './runoverlay';

/** The direction in which a drawing flows. */
export type Direction = 'right' | 'down';

export type Point = readonly [x: number, y: number];

export interface IRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface IPlacedFrame extends IRect {
  path: string;
  label: (run: IRunOverlay | null) => string;
}

export interface IPlacedLink {
  /** The ids of the two parts that the edge connects. A part may be a point without a shape. */
  from: string;
  to: string;
  points: Point[];
  arrow: boolean;
  taken: Count;
  label: { text: string; at: Point; anchor: 'start' | 'middle' | 'end' } | null;
}

export interface ILayout {
  direction: Direction;
  width: number;
  height: number;
  boxes: (IRect & { of: IBox })[];
  diamonds: (IRect & { of: IDiamond })[];
  marks: (IRect & { of: IMark })[];
  /** The frames, outer ones first, so that inner frames are drawn on top. */
  frames: IPlacedFrame[];
  links: IPlacedLink[];
}

/** A drawing with all its places: pixels from the left and from the top. */

import type { IBox, IDiamond, IMark } from './graphparts';
import type { Count, IRun } from './runoverlay';

/** The way that a drawing flows. */
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
  label: (run: IRun | null) => string;
}

export interface IPlacedLink {
  /** Ids of what it joins; points where lines meet are ids too. */
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
  /** The outer ones first. */
  frames: IPlacedFrame[];
  links: IPlacedLink[];
}

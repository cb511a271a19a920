/** Collects the shapes of a layout and swaps the axes if the graph flows down. */

import type { Direction, ILayout, IRect, Point } from './geometry';
import type { IBox, IDiamond, IGroup, ILink, IMark } from './graphparts';

/** A point with its positions on the main axis and on the cross axis. */
export type FlowPoint = readonly [m: number, c: number];

/** A rectangle in coordinates before the axes are swapped. */
export interface IFlowRect {
  m: number;
  c: number;
  length: number;
  across: number;
}

/** The route of an edge. `dx` and `dy` offset the label in px after the axes are swapped. */
export interface IEdgeRoute {
  points: FlowPoint[];
  arrow: boolean;
  label: { at: FlowPoint; dx: number; dy: number; anchor: 'start' | 'end' };
}

export class Placement {
  constructor(readonly direction: Direction) {
    const nothing = { boxes: [], diamonds: [], marks: [], frames: [], links: [] };
    this._layout = { direction, width: 0, height: 0, ...nothing };
  }

  box(of: IBox, extent: IFlowRect): void {
    this._layout.boxes.push({ of, ...this._rect(extent) });
  }

  diamond(of: IDiamond, extent: IFlowRect): void {
    this._layout.diamonds.push({ of, ...this._rect(extent) });
  }

  mark(of: IMark, extent: IFlowRect): void {
    this._layout.marks.push({ of, ...this._rect(extent) });
  }

  frame({ path, label }: IGroup, extent: IFlowRect): void {
    this._layout.frames.push({ path, label: label ?? (() => ''), ...this._rect(extent) });
  }

  link(of: ILink, from: string, to: string, { points, arrow, label }: IEdgeRoute): void {
    const [x, y] = this._point(label.at);
    this._layout.links.push({
      from,
      to,
      arrow,
      taken: of.taken,
      points: points.map(point => this._point(point)),
      label:
        of.label === ''
          ? null
          : { text: of.label, at: [x + label.dx, y + label.dy], anchor: label.anchor }
    });
  }

  finish(length: number, across: number): ILayout {
    const { width, height } = this._rect({ m: 0, c: 0, length, across });
    return { ...this._layout, width, height };
  }

  private _point([m, c]: FlowPoint): Point {
    const [along, across] = [toHalfPixel(m), toHalfPixel(c)];
    return this.direction === 'right' ? [along, across] : [across, along];
  }

  private _rect({ m, c, length, across }: IFlowRect): IRect {
    const [x, y] = this._point([m, c]);
    const [right, bottom] = this._point([m + length, c + across]);
    return { x, y, width: right - x, height: bottom - y };
  }

  private readonly _layout: ILayout;
}

/** Round to half a pixel, so that edges and shapes meet exactly. */
function toHalfPixel(value: number): number {
  return Math.round(value * 2) / 2;
}

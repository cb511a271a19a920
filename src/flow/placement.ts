/** Gathers what is placed, and turns it where the flow runs down. */

import type { Direction, ILayout, IRect, Point } from './geometry';
import type { IBox, IDiamond, IGroup, ILink, IMark } from './graphparts';

/** Along the flow, and across it. */
export type Spot = readonly [m: number, c: number];

/** As {@link IRect}, before it is turned. */
export interface IExtent {
  m: number;
  c: number;
  length: number;
  across: number;
}

/** A line with its label; `dx` and `dy` move the label once it is turned. */
export interface IRoute {
  spots: Spot[];
  arrow: boolean;
  label: { at: Spot; dx: number; dy: number; anchor: 'start' | 'end' };
}

export class Drawing {
  constructor(readonly direction: Direction) {
    const nothing = { boxes: [], diamonds: [], marks: [], frames: [], links: [] };
    this._layout = { direction, width: 0, height: 0, ...nothing };
  }

  box(of: IBox, extent: IExtent): void {
    this._layout.boxes.push({ of, ...this._rect(extent) });
  }

  diamond(of: IDiamond, extent: IExtent): void {
    this._layout.diamonds.push({ of, ...this._rect(extent) });
  }

  mark(of: IMark, extent: IExtent): void {
    this._layout.marks.push({ of, ...this._rect(extent) });
  }

  frame({ path, label }: IGroup, extent: IExtent): void {
    this._layout.frames.push({ path, label: label ?? (() => ''), ...this._rect(extent) });
  }

  link(of: ILink, from: string, to: string, { spots, arrow, label }: IRoute): void {
    const [x, y] = this._point(label.at);
    this._layout.links.push({
      from,
      to,
      arrow,
      taken: of.taken,
      points: spots.map(spot => this._point(spot)),
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

  private _point([m, c]: Spot): Point {
    const [along, across] = [halves(m), halves(c)];
    return this.direction === 'right' ? [along, across] : [across, along];
  }

  private _rect({ m, c, length, across }: IExtent): IRect {
    const [x, y] = this._point([m, c]);
    const [right, bottom] = this._point([m + length, c + across]);
    return { x, y, width: right - x, height: bottom - y };
  }

  private readonly _layout: ILayout;
}

/** To half a pixel, so that what meets is drawn to meet. */
function halves(value: number): number {
  return Math.round(value * 2) / 2;
}

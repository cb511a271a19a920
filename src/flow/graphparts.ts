/** What a drawing consists of: boxes, diamonds and frames, and the links between them. */

import type { Count, IRun } from './runoverlay';

/** `code`: an inline function. `unknown`: of a newer composer than we know. */
export type BoxKind = 'action' | 'code' | 'value' | 'dynamic' | 'unknown';

export interface IBox {
  kind: 'box';
  id: string;
  path: string;
  box: BoxKind;
  title: string;
  /** The second line while no run is shown. */
  detail: string;
  /** All of it, for the tooltip. */
  whole: string;
}

/** Where a branch is chosen, after its test. */
export interface IDiamond {
  kind: 'diamond';
  id: string;
  path: string;
}

/** A place without a shape: where lines part or meet, or where nothing happens. */
export interface IPoint {
  kind: 'fork' | 'join' | 'wire';
  id: string;
}

export interface IMark {
  kind: 'start' | 'end';
  id: string;
}

/** Parts that are laid out together; with a label it is a frame, else it cannot be seen. */
export interface IGroup {
  kind: 'group';
  id: string;
  path: string;
  label: ((run: IRun | null) => string) | null;
  parts: Part[];
  links: ILink[];
  /** Stands beside the first part, for when that fails. */
  handled?: boolean;
}

export type Part = IBox | IDiamond | IPoint | IMark | IGroup;

/**
 * `branch` leaves a diamond or fork sideways; `merge` arrives at a join; `back` goes round to the
 * beginning of its loop; `error` leaves a frame whose inside failed; `order` is not drawn.
 */
export type LinkRole = 'next' | 'branch' | 'merge' | 'back' | 'error' | 'order';

/** Between two parts of one group. */
export interface ILink {
  from: string;
  to: string;
  role: LinkRole;
  label: string;
  /** How often a run went this way. */
  taken: Count;
}

/**
 * The types of a graph: boxes, diamonds, groups, and the links between them. Apart from `graph.ts`
 * because labels need the types and the graph needs the labels.
 */

import type { Count, IRunOverlay } from './runoverlay';

/** `code`: an inline function. `unknown`: a node type of a newer composer. */
export type BoxKind = 'action' | 'code' | 'value' | 'dynamic' | 'unknown';

export interface IBox {
  kind: 'box';
  id: string;
  path: string;
  box: BoxKind;
  title: string;
  /** The second line if no run is shown. */
  detail: string;
  /** The complete text, for the tooltip. */
  fullText: string;
}

/** The decision after the test of a branch or loop. */
export interface IDiamond {
  kind: 'diamond';
  id: string;
  path: string;
}

/** A point without a shape: where edges fork or join, or an empty branch. */
export interface IPoint {
  kind: 'fork' | 'join' | 'wire';
  id: string;
}

export interface IMark {
  kind: 'start' | 'end';
  id: string;
}

/** Parts that are laid out together; a frame if it has a label, otherwise invisible. */
export interface IGroup {
  kind: 'group';
  id: string;
  path: string;
  label: ((run: IRunOverlay | null) => string) | null;
  parts: Part[];
  links: ILink[];
  /** Whether the second part is the error handler of the first. */
  hasHandler?: boolean;
}

export type Part = IBox | IDiamond | IPoint | IMark | IGroup;

/**
 * `branch` leaves a diamond or fork; `merge` arrives at a join; `back` returns to the start of a
 * loop; `error` leaves a frame whose content failed; `order` only orders the layout and is not
 * drawn.
 */
export type LinkRole = 'next' | 'branch' | 'merge' | 'back' | 'error' | 'order';

/** An edge between two parts of the same group. */
export interface ILink {
  from: string;
  to: string;
  role: LinkRole;
  label: string;
  /** Counts how often a run took this edge. */
  taken: Count;
}

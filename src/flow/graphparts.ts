/**
 * The types of a graph: boxes, diamonds, groups, and the links between them. They are separate from
 * `graph.ts` because that module and `labels.ts`, which it imports, both need them.
 */

import type { Count, IRunOverlay } from './runoverlay';

/**
 * The kind of a box. `code` is an inline function. `unknown` is a node type of a newer composer.
 */
export type BoxKind = 'action' | 'code' | 'value' | 'dynamic' | 'unknown';

export interface IBox {
  kind: 'box';
  id: string;
  path: string;
  box: BoxKind;
  title: string;
  /** The second line of the box while no run is shown. */
  detail: string;
  /** The complete text for the tooltip. */
  fullText: string;
}

/** The decision after the test of a branch or loop. */
export interface IDiamond {
  kind: 'diamond';
  id: string;
  path: string;
}

/** A point without a shape, which is an empty branch or a place where edges fork or join. */
export interface IPoint {
  kind: 'fork' | 'join' | 'wire';
  id: string;
}

export interface IMark {
  kind: 'start' | 'end';
  id: string;
}

/**
 * Parts that are laid out together. A group with a label is drawn as a frame; a group without a
 * label is invisible.
 */
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
 * The role of a link. `branch` leaves a diamond or fork, and `merge` arrives at a join. `back`
 * returns to the start of a loop. `error` leaves a frame whose content failed. `order` only orders
 * the layout and is not drawn.
 */
export type LinkRole = 'next' | 'branch' | 'merge' | 'back' | 'error' | 'order';

/** An edge between two parts of the same group. */
export interface ILink {
  from: string;
  to: string;
  role: LinkRole;
  label: string;
  /** Counts how often a run took this link. */
  taken: Count;
}

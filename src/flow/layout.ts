/** Where everything of a drawing stands. */

import { Drawing } from './placement';
import type { Direction, ILayout } from './geometry';
import type { IGroup } from './graph';
import { GAP } from './sizes';
import { Measurer, type Dagre } from './dagrelayout';

/** The layout in either direction, found when it is first asked for. */
export type Layouts = (direction: Direction) => ILayout;

/** Only who draws a composition pays for loading dagre. */
export async function layoutsOf(graph: IGroup): Promise<Layouts> {
  const dagre = await import('@dagrejs/dagre');
  const found = new Map<Direction, ILayout>();
  return direction => {
    const known = found.get(direction) ?? layout(graph, direction, dagre);
    found.set(direction, known);
    return known;
  };
}

export function layout(graph: IGroup, direction: Direction, dagre: Dagre): ILayout {
  const onto = new Drawing(direction);
  const { length, before, after, draw } = new Measurer(direction, dagre).measure(graph);
  draw(GAP.edge, GAP.edge + before, onto);
  return onto.finish(length + 2 * GAP.edge, before + after + 2 * GAP.edge);
}

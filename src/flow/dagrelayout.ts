/**
 * Computes the layout of a graph with dagre.
 *
 * The graph is a tree of groups (see `graphparts.ts`). The first pass starts with the innermost
 * groups. It lays out each group alone, and then treats the group as a single node of the group
 * around it. As a result, edges cannot cross the border of a group, which dagre's own clusters do
 * not guarantee. The second pass, the `draw` functions, starts with the outermost group and adds
 * shapes at absolute positions to a {@link Placement}.
 *
 * All coordinates are computed as if the graph flowed to the right: `m` along the main axis and `c`
 * along the cross axis, as in CSS flexbox. The placement swaps the axes of graphs that flow down.
 */

import type * as dagre from '@dagrejs/dagre';

import { routeEdge, type IAnchor, type IEnds } from './edges';
import type { Direction, ILayout } from './geometry';
import type { IGroup, ILink, Part } from './graphparts';
import { Placement, type IFlowRect } from './placement';
import { BOX, boxWidth, FRAME, GAP, LOOP, POINT } from './sizes';
import { textWidth } from './textwidth';

/**
 * The API of dagre that the layout uses. The library is loaded when the first composition is drawn.
 */
export type Dagre = Pick<typeof dagre, 'Graph' | 'layout'>;

/** Returns the layout in a direction. Each layout is computed on its first use. */
export type Layouts = (direction: Direction) => ILayout;

/**
 * Load dagre and return the layouts of a graph. This is called only when a composition is drawn.
 */
export async function loadLayouts(graph: IGroup): Promise<Layouts> {
  const dagre = await import('@dagrejs/dagre');
  const found = new Map<Direction, ILayout>();
  return direction => {
    const known = found.get(direction) ?? layout(graph, direction, dagre);
    found.set(direction, known);
    return known;
  };
}

export function layout(graph: IGroup, direction: Direction, dagre: Dagre): ILayout {
  const onto = new Placement(direction);
  const { length, before, after, draw } = new DagreLayout(direction, dagre).sizeOf(graph);
  draw(GAP.edge, GAP.edge + before, onto);
  return onto.finish(length + 2 * GAP.edge, before + after + 2 * GAP.edge);
}

/**
 * A part with its size. `before` and `after` are its extents along the cross axis, measured from
 * the axis on which edges enter and leave.
 */
interface ISizedPart {
  length: number;
  before: number;
  after: number;
  /**
   * Add the shapes of the part, with its start at `m` and its axis at `c`. Returns the ends for
   * edges.
   */
  draw: (m: number, c: number, onto: Placement) => IEnds;
}

interface IPlacedPart {
  part: Part;
  size: ISizedPart;
  m: number;
  c: number;
}

class DagreLayout {
  constructor(
    private readonly _direction: Direction,
    private readonly _dagre: Dagre
  ) {}

  sizeOf(part: Part): ISizedPart {
    switch (part.kind) {
      case 'box':
        return this._shape(part.id, boxWidth(part), BOX.height, (onto, extent) =>
          onto.box(part, extent)
        );
      case 'diamond':
        return this._shape(part.id, POINT.diamond, POINT.diamond, (onto, extent) =>
          onto.diamond(part, extent)
        );
      case 'start':
      case 'end':
        return this._shape(part.id, POINT.mark, POINT.mark, (onto, extent) =>
          onto.mark(part, extent)
        );
      case 'fork':
      case 'join':
        return point(part.id, 0);
      case 'wire':
        return point(part.id, GAP.wire[this._direction]);
      case 'group':
        if (part.label !== null) {
          return this._frame(part);
        }
        return part.hasHandler ? this._handled(part) : this._group(part);
    }
  }

  private _shape(
    id: string,
    width: number,
    height: number,
    put: (onto: Placement, extent: IFlowRect) => void
  ): ISizedPart {
    const [length, across] = this._direction === 'right' ? [width, height] : [height, width];
    const half = across / 2;
    return {
      length,
      before: half,
      after: half,
      draw: (m, c, onto) => {
        put(onto, { m, c: c - half, length, across });
        const anchor = { id, c, sides: { near: c - half, far: c + half }, frame: null };
        return { entry: { ...anchor, m }, exit: { ...anchor, m: m + length } };
      }
    };
  }

  private _group(group: IGroup): ISizedPart {
    const looping = group.links.some(one => one.role === 'back');
    const lead = looping ? LOOP.lead : 0;
    const places = this._place(group);
    const axis = places[0]?.c ?? 0;
    const begin = Math.min(...places.map(one => one.m)) - lead;
    const end = Math.max(...places.map(one => one.m + one.size.length));
    const most = Math.max(...places.map(one => axis - one.c + one.size.before));
    const before = most + (looping ? LOOP.over : 0);
    return {
      length: end - begin,
      before,
      after: Math.max(...places.map(one => one.c - axis + one.size.after)),
      draw: (m, c, onto) => {
        const ends = new Map<string, IEnds>();
        for (const { part, size, m: along, c: across } of places) {
          ends.set(part.id, size.draw(m + along - begin, c + across - axis, onto));
        }
        this._links(group.links, ends, onto, c - before + LOOP.over / 2);
        return groupEnds(group, ends);
      }
    };
  }

  /** Lay out a group with dagre, and return the start and the axis of each part. */
  private _place(group: IGroup): IPlacedPart[] {
    const graph = new this._dagre.Graph();
    graph.setGraph({
      rankdir: 'LR',
      ranksep: GAP.along[this._direction],
      nodesep: GAP.across[this._direction]
    });
    const parts = group.parts.map(part => ({ part, size: this.sizeOf(part) }));
    for (const { part, size } of parts) {
      graph.setNode(part.id, { width: size.length, height: size.before + size.after });
    }
    for (const { from, to, role, label } of group.links) {
      if (role !== 'back') {
        // An edge that runs to the right carries its label and must be longer.
        const minlen = label !== '' && this._direction === 'right' ? 2 : 1;
        graph.setEdge(from, to, { minlen });
      }
    }
    const targets = group.links.filter(one => one.role === 'branch').map(one => one.to);
    const constraints = targets.slice(1).map((one, index) => ({
      left: targets[index] ?? one,
      right: one
    }));
    this._dagre.layout(graph, { constraints });
    const placed = parts.map(({ part, size }) => {
      const { x, y } = graph.node(part.id) as { x: number; y: number };
      // dagre returns the centre of a part, but edges may enter the part elsewhere.
      return { part, size, m: x - size.length / 2, c: y + (size.before - size.after) / 2 };
    });
    const branches = placed.filter(one => targets.includes(one.part.id));
    const beginning = Math.min(...branches.filter(one => one.size.length > 0).map(one => one.m));
    const axis = mainAxis(placed, branches);
    for (const one of placed) {
      if (!branches.includes(one)) {
        one.c = axis;
      } else if (one.size.length > 0) {
        one.m = beginning;
      }
    }
    return placed;
  }

  private _frame(group: IGroup): ISizedPart {
    const [part] = group.parts;
    if (part === undefined) {
      throw new Error('A frame must contain a part.');
    }
    const inside = this.sizeOf(part);
    const label = textWidth(group.label?.(null) ?? '', FRAME.font) + 2 * FRAME.inset;
    const right = this._direction === 'right';
    const [head, aside] = right ? [FRAME.padding, FRAME.head] : [FRAME.head, FRAME.padding];
    // The label always runs to the right, and must not cover the edge that enters the frame.
    const spare = right ? Math.max(0, label - inside.length - 2 * FRAME.padding) : 0;
    const clear = right ? 0 : Math.min(label, inside.before + aside + FRAME.stretch);
    const before = Math.max(inside.before + aside, clear);
    const narrow = right ? 0 : Math.max(0, label - before - inside.after - FRAME.padding);
    const after = inside.after + FRAME.padding + narrow;
    const length = head + inside.length + FRAME.padding + spare;
    return {
      length,
      before,
      after,
      draw: (m, c, onto) => {
        onto.frame(group, { m, c: c - before, length, across: before + after });
        const { entry, exit } = inside.draw(m + head + spare / 2, c, onto);
        const frame = { begin: m, end: m + length, near: c - before, far: c + after };
        return { entry: { ...entry, frame }, exit: { ...exit, frame } };
      }
    };
  }

  /** Lay out a frame with its error handler beside it. Both paths join after the frame. */
  private _handled(group: IGroup): ISizedPart {
    const [body, handler, join] = group.parts;
    if (!body || !handler || !join) {
      throw new Error('A try must have a body, a handler and an end.');
    }
    const inside = this.sizeOf(body);
    const cure = this.sizeOf(handler);
    const indent = GAP.error[this._direction];
    const aside = inside.after + GAP.handler[this._direction] + cure.before;
    const length = Math.max(inside.length, indent + cure.length) + GAP.join;
    return {
      length,
      before: inside.before,
      after: aside + cure.after,
      draw: (m, c, onto) => {
        const ends = new Map([
          [body.id, inside.draw(m, c, onto)],
          [handler.id, cure.draw(m + indent, c + aside, onto)],
          [join.id, point(join.id, 0).draw(m + length, c, onto)]
        ]);
        this._links(group.links, ends, onto, c);
        return groupEnds(group, ends);
      }
    };
  }

  private _links(links: ILink[], ends: Map<string, IEnds>, onto: Placement, over: number): void {
    for (const link of links) {
      const from = ends.get(link.from);
      const to = ends.get(link.to);
      if (from && to && link.role !== 'order') {
        const way = routeEdge(link, from, to, over, this._direction);
        onto.link(link, from.exit.id, to.entry.id, way);
      }
    }
  }
}

/**
 * Return the axis of the parts that are not branches. If there is a middle branch, this is its
 * axis.
 */
function mainAxis(placed: IPlacedPart[], branches: IPlacedPart[]): number {
  const hub = placed.find(one => one.part.kind === 'diamond' || one.part.kind === 'fork');
  const middle = branches.length % 2 === 1 ? branches[(branches.length - 1) / 2] : undefined;
  if (middle) {
    return middle.c;
  }
  const axis = (hub ?? placed[0])?.c ?? 0;
  return branches.find(one => Math.abs(one.c - axis) < POINT.diamond)?.c ?? axis;
}

function point(id: string, across: number): ISizedPart {
  return {
    length: 0,
    before: across,
    after: across,
    draw: (m, c) => {
      const anchor: IAnchor = { id, m, c, sides: null, frame: null };
      return { entry: anchor, exit: anchor };
    }
  };
}

/** Return the ends of a group: the entry of its first part and the exit of its last part. */
function groupEnds(group: IGroup, ends: Map<string, IEnds>): IEnds {
  const first = ends.get(group.parts[0]?.id ?? '');
  const last = ends.get(group.parts[group.parts.length - 1]?.id ?? '');
  if (!first || !last) {
    throw new Error('A group must have parts.');
  }
  return { entry: first.entry, exit: last.exit };
}

import * as dagre from '@dagrejs/dagre';

import type { IAstNode } from '../api/composition';
import { action, ASSET, EVERY, nested, sequence } from '../testing/compositions';
import { layout, loadLayouts } from './dagrelayout';
import type { Direction, ILayout, IRect } from './geometry';
import { graphOf } from './graph';
import { chooseLayout, initialZoom } from './viewport';

const DIRECTIONS: Direction[] = ['right', 'down'];

const forty = sequence(...Array.from({ length: 40 }, (_, index) => action(`step_${index}`)));

const GRAPHS: [string, IAstNode][] = [
  ["the design's picture", ASSET],
  ['every combinator', EVERY],
  ['twelve deep', nested(12)],
  ['forty in a row', forty],
  ['one node', action('x'.repeat(60))]
];

const CASES = GRAPHS.flatMap(([name, graph]) =>
  DIRECTIONS.map(direction => [name, direction, layout(graphOf(graph), direction, dagre)] as const)
);

function apart(one: IRect, other: IRect): boolean {
  return (
    one.x + one.width <= other.x ||
    other.x + other.width <= one.x ||
    one.y + one.height <= other.y ||
    other.y + other.height <= one.y
  );
}

function within(inner: IRect, outer: IRect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

const shapes = ({ boxes, diamonds, marks }: ILayout): IRect[] => [...boxes, ...diamonds, ...marks];

describe.each(CASES)('%s, running %s', (_, direction, drawn) => {
  test('no two shapes overlap', () => {
    const all = shapes(drawn);
    const pairs = all.flatMap((one, index) => all.slice(index + 1).map(other => [one, other]));
    expect(pairs.filter(([one, other]) => one && other && !apart(one, other))).toEqual([]);
  });

  test('frames are apart or within each other, and cut no shape', () => {
    const { frames } = drawn;
    const pairs = frames.flatMap((one, index) =>
      frames.slice(index + 1).map(other => [one, other])
    );
    const crossing = pairs.filter(
      ([one, other]) =>
        one && other && !apart(one, other) && !within(one, other) && !within(other, one)
    );
    expect(crossing).toEqual([]);
    const cut = shapes(drawn).filter(shape =>
      frames.some(frame => !apart(shape, frame) && !within(shape, frame))
    );
    expect(cut).toEqual([]);
  });

  test('lines run along and across, and through no box', () => {
    for (const { points, from, to } of drawn.links) {
      for (const [index, [x, y]] of points.slice(1).entries()) {
        const [before, above] = points[index] ?? [x, y];
        expect(Math.min(Math.abs(x - before), Math.abs(y - above))).toBeLessThan(0.001);
        const stretch: IRect = {
          x: Math.min(x, before),
          y: Math.min(y, above),
          width: Math.abs(x - before),
          height: Math.abs(y - above)
        };
        const hit = drawn.boxes.filter(
          ({ of, ...box }) => of.id !== from && of.id !== to && !apart(stretch, box)
        );
        expect(hit.map(({ of }) => of.title)).toEqual([]);
      }
    }
  });

  test('all of it is within its size', () => {
    const page: IRect = { x: 0, y: 0, width: drawn.width, height: drawn.height };
    const all = [...shapes(drawn), ...drawn.frames];
    const lines = drawn.links.flatMap(({ points }) =>
      points.map(([x, y]) => ({ x, y, width: 0, height: 0 }))
    );
    expect([...all, ...lines].filter(one => !within(one, page))).toEqual([]);
  });

  test('it flows on from the start to the end', () => {
    const [start, end] = drawn.marks;
    const along = direction === 'right' ? 'x' : 'y';
    for (const box of drawn.boxes) {
      expect(box[along]).toBeGreaterThan(start?.[along] ?? Infinity);
      expect(box[along]).toBeLessThan(end?.[along] ?? -Infinity);
    }
  });
});

test('what follows on another lies on one line', () => {
  const { boxes } = layout(graphOf(forty), 'right', dagre);
  expect(new Set(boxes.map(one => one.y)).size).toBe(1);
});

test('yes is above no, and branches of a parallel keep their order', () => {
  const { boxes } = layout(graphOf(ASSET), 'right', dagre);
  const y = (title: string) => boxes.find(({ of }) => of.title === title)?.y ?? NaN;
  expect(y('smart_body_crop')).toBeLessThan(y('center_crop'));
  expect(y('notify_failed')).toBeGreaterThan(y('center_crop'));
  const branches = Array.from({ length: 9 }, (_, index) => action(`branch_${index}`));
  const fan = layout(graphOf({ type: 'parallel', components: branches }), 'right', dagre);
  const order = [...fan.boxes].sort((a, b) => a.y - b.y).map(({ of }) => of.title);
  expect(order).toEqual(branches.map((_, index) => `branch_${index}`));
});

test('names and code have no influence beyond the widest box', () => {
  const { boxes } = layout(graphOf(action('w'.repeat(60))), 'right', dagre);
  expect(boxes[0]?.width).toBe(224);
});

test('the direction is the one that can be read in the room', async () => {
  const long = await loadLayouts(graphOf(forty));
  const short = await loadLayouts(graphOf(ASSET));
  expect(chooseLayout(short, 1080, null).direction).toBe('right');
  expect(chooseLayout(short, 280, null).direction).toBe('down');
  expect(chooseLayout(long, 1080, null).direction).toBe('down');
  // A low preview shows more of a long way to the right.
  expect(chooseLayout(long, 736, 300).direction).toBe('right');
});

test('no drawing begins with text below 11 px', () => {
  const layout = { direction: 'right', width: 1000, height: 200 } as ILayout;
  expect(initialZoom(layout, 1200, 300)).toBe(1);
  expect(initialZoom(layout, 960, 300)).toBe(0.96);
  expect(initialZoom(layout, 100, 300)).toBeCloseTo(11 / 12);
  const down = { direction: 'down', width: 400, height: 500 } as ILayout;
  expect(initialZoom(down, 700, 300)).toBeCloseTo(11 / 12);
});

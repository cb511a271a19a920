/** A composition as indented lines of text. Pure functions. */

import { argumentPlace, childPlaces, isEmpty, isSequence, rootPlace, type IPlace } from './ast';
import { toBox, frameLabel } from './labels';

export interface IOutlineLine {
  depth: number;
  text: string;
}

/** The arguments of a node that are compositions, each with the text that precedes it. */
const ARGUMENTS: { [type: string]: [name: string, words: string][] } = {
  if: [
    ['test', 'if'],
    ['consequent', 'yes'],
    ['alternate', 'no']
  ],
  while: [
    ['test', 'loop while'],
    ['body', 'do']
  ],
  dowhile: [
    ['body', 'do'],
    ['test', 'loop while']
  ],
  try: [
    ['body', 'try'],
    ['handler', 'on error']
  ],
  finally: [
    ['body', 'ensure'],
    ['finalizer', 'always']
  ]
};

export function outline(graph: unknown): IOutlineLine[] {
  const place = rootPlace(graph);
  return isEmpty(place) ? [{ depth: 0, text: 'empty' }] : linesOf(place, 0);
}

function linesOf(place: IPlace, depth: number): IOutlineLine[] {
  const { type } = place.node;
  if (isEmpty(place)) {
    return [];
  }
  if (isSequence(type)) {
    return childPlaces(place).flatMap(one => linesOf(one, depth));
  }
  const named = ARGUMENTS[type.replace(/_nosave$/, '')];
  if (named) {
    return named.flatMap(([name, text]) => {
      const inside = linesOf(argumentPlace(place, name), depth + 1);
      return inside.length > 0 ? [{ depth, text }, ...inside] : [];
    });
  }
  const inside = childPlaces(place).flatMap(one => linesOf(one, depth + 1));
  const { title, detail } = toBox(place);
  return inside.length > 0
    ? [{ depth, text: frameLabel(place, null) }, ...inside]
    : [{ depth, text: detail === 'action' ? title : `${title} (${detail})` }];
}

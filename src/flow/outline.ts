/** A composition as indented lines, for where it is not drawn. Pure. */

import { argument, components, isEmpty, isSequence, root, type IPlace } from './ast';
import { boxOf, frameLabel } from './labels';

export interface ILine {
  depth: number;
  words: string;
}

/** The arguments of a node that are compositions themselves, with the words before them. */
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

export function outlineOf(graph: unknown): ILine[] {
  const place = root(graph);
  return isEmpty(place) ? [{ depth: 0, words: 'empty' }] : lines(place, 0);
}

function lines(place: IPlace, depth: number): ILine[] {
  const { type } = place.node;
  if (isEmpty(place)) {
    return [];
  }
  if (isSequence(type)) {
    return components(place).flatMap(one => lines(one, depth));
  }
  const named = ARGUMENTS[type.replace(/_nosave$/, '')];
  if (named) {
    return named.flatMap(([name, words]) => {
      const inside = lines(argument(place, name), depth + 1);
      return inside.length > 0 ? [{ depth, words }, ...inside] : [];
    });
  }
  const inside = components(place).flatMap(one => lines(one, depth + 1));
  const { title, detail } = boxOf(place);
  return inside.length > 0
    ? [{ depth, words: frameLabel(place, null) }, ...inside]
    : [{ depth, words: detail === 'action' ? title : `${title} (${detail})` }];
}

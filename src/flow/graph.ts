/**
 * Turns the AST of a composition into a tree of groups, boxes and links. Every link has a function
 * that counts how often a run took the link. Pure functions.
 */

import { argumentPlace, childPlaces, isEmpty, isSequence, rootPlace, type IPlace } from './ast';
import type { IBox, IDiamond, IGroup, ILink, IMark, IPoint, LinkRole, Part } from './graphparts';
import { toBox, frameLabel } from './labels';
import { visitsOf, minimumOf, successesOf, type Count } from './runoverlay';

/** Return the graph of a composition between a start and an end node. */
export function graphOf(ast: unknown): IGroup {
  const place = rootPlace(ast);
  const start: IMark = { kind: 'start', id: 'start' };
  const end: IMark = { kind: 'end', id: 'end' };
  const finished: Count = run => (run.succeeded ? Math.max(1, run.visits('')) : 0);
  const body = toPart(place, finished);
  const links = [link(start, body, visitsOf('')), link(body, end, finished)];
  return { kind: 'group', id: 'whole', path: '', label: null, parts: [start, body, end], links };
}

/** Return all boxes of a part, in the order of the composition. */
export function boxesOf(part: Part): IBox[] {
  return part.kind === 'box' ? [part] : part.kind === 'group' ? part.parts.flatMap(boxesOf) : [];
}

/** Return the part for a node. `done` counts how often a run reached the node that follows. */
function toPart(place: IPlace, done: Count): Part {
  const { node, path } = place;
  switch (node.type) {
    case 'if':
    case 'if_nosave':
      return ifGroup(place, done);
    case 'while':
    case 'while_nosave':
      return whileGroup(place, done);
    case 'dowhile':
    case 'dowhile_nosave':
      return doWhileGroup(place, done);
    case 'try':
      return tryGroup(place, done);
    case 'finally':
      return finallyGroup(place, done);
    case 'parallel':
    case 'par':
      return parallelGroup(place, done);
    case 'let':
    case 'mask':
    case 'async':
    case 'map':
    case 'retain':
    case 'retain_catch':
    case 'merge':
    case 'repeat':
    case 'retry':
      return frame(place, sequenceGroup(childPlaces(place), path, done));
    case 'composition':
      // A composition with components is inlined; without components, it is a call by name.
      return childPlaces(place).length > 0
        ? frame(place, sequenceGroup(childPlaces(place), path, done))
        : toBox(place);
  }
  if (isSequence(node.type)) {
    return sequenceGroup(childPlaces(place), path, done);
  }
  return isEmpty(place) ? wire(path) : toBox(place);
}

function sequenceGroup(places: IPlace[], path: string, done: Count): Part {
  const drawn = places.filter(one => !isEmpty(one));
  const parts = drawn.map((one, index) => {
    const next = drawn[index + 1];
    return toPart(one, next ? visitsOf(next.path) : done);
  });
  const [first] = parts;
  if (first === undefined) {
    return wire(path);
  }
  const links = parts.slice(1).map((part, index) => {
    const place = drawn[index + 1];
    return link(parts[index] ?? first, part, visitsOf(place?.path ?? path));
  });
  return parts.length === 1 ? first : group(`${path}:row`, path, parts, links);
}

function ifGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const yes = argumentPlace(place, 'consequent');
  const no = argumentPlace(place, 'alternate');
  const chosen: Count = run => run.visits(yes.path) + run.visits(no.path);
  const test = toPart(argumentPlace(place, 'test'), chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const doneBy = (one: IPlace) => minimumOf(successesOf(one.path), done);
  const consequent = toPart(yes, doneBy(yes));
  const alternate = toPart(no, doneBy(no));
  return group(
    `${path}:if`,
    path,
    [test, diamond, consequent, alternate, join],
    [
      link(test, diamond, chosen),
      link(diamond, consequent, visitsOf(yes.path), 'branch', 'yes'),
      link(diamond, alternate, visitsOf(no.path), 'branch', 'no'),
      link(consequent, join, doneBy(yes), 'merge'),
      link(alternate, join, doneBy(no), 'merge')
    ]
  );
}

function whileGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const testPlace = argumentPlace(place, 'test');
  const bodyPlace = argumentPlace(place, 'body');
  const stopped = minimumOf(visitsOf(path), done);
  const again: Count = run => Math.max(0, run.visits(testPlace.path) - run.visits(path));
  const chosen: Count = run => run.visits(bodyPlace.path) + stopped(run);
  const test = toPart(testPlace, chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const body = toPart(bodyPlace, again);
  const out = wire(`${path}:out`);
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const inside = group(
    `${path}:loop`,
    path,
    [test, diamond, body, out, join],
    [
      link(test, diamond, chosen),
      link(diamond, body, visitsOf(bodyPlace.path), 'branch', 'yes'),
      link(diamond, out, stopped, 'branch', 'no'),
      link(body, test, again, 'back'),
      link(body, join, () => 0, 'order'),
      link(out, join, stopped, 'merge')
    ]
  );
  return frame(place, inside);
}

function doWhileGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const testPlace = argumentPlace(place, 'test');
  const bodyPlace = argumentPlace(place, 'body');
  const stopped = minimumOf(visitsOf(path), done);
  const again: Count = run => Math.max(0, run.visits(bodyPlace.path) - run.visits(path));
  const chosen: Count = run => again(run) + stopped(run);
  const body = toPart(bodyPlace, visitsOf(testPlace.path));
  const test = toPart(testPlace, chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const inside = group(
    `${path}:loop`,
    path,
    [body, test, diamond, join],
    [
      link(body, test, visitsOf(testPlace.path)),
      link(test, diamond, chosen),
      link(diamond, body, again, 'back', 'yes'),
      link(diamond, join, stopped, 'merge', 'no')
    ]
  );
  return frame(place, inside);
}

function tryGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const bodyPlace = argumentPlace(place, 'body');
  const handlerPlace = argumentPlace(place, 'handler');
  const failed = visitsOf(handlerPlace.path);
  const fine = minimumOf(run => Math.max(0, run.visits(bodyPlace.path) - failed(run)), done);
  const body = frame(place, toPart(bodyPlace, fine));
  const cured = minimumOf(successesOf(handlerPlace.path), done);
  const handler = toPart(handlerPlace, cured);
  const join: IPoint = { kind: 'join', id: `${path}>` };
  return {
    ...group(
      `${path}:try`,
      path,
      [body, handler, join],
      [
        link(body, handler, failed, 'error', 'on error'),
        link(body, join, fine, 'merge'),
        link(handler, join, cured, 'merge')
      ]
    ),
    hasHandler: true
  };
}

function finallyGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const finalizer = argumentPlace(place, 'finalizer');
  const after = visitsOf(finalizer.path);
  const body = frame(place, toPart(argumentPlace(place, 'body'), after));
  const last = toPart(finalizer, done);
  return group(`${path}:ensure`, path, [body, last], [link(body, last, after, 'next', 'always')]);
}

function parallelGroup(place: IPlace, done: Count): Part {
  const { path } = place;
  const branches = childPlaces(place);
  if (branches.length === 0) {
    return frame(place, wire(path));
  }
  const fork: IPoint = { kind: 'fork', id: `${path}<` };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const doneBy = (one: IPlace) => minimumOf(visitsOf(one.path), done);
  const parts = branches.map(one => toPart(one, doneBy(one)));
  const links = parts.flatMap((part, index) => {
    const one = branches[index] ?? place;
    return [link(fork, part, visitsOf(one.path), 'branch'), link(part, join, doneBy(one), 'merge')];
  });
  return frame(place, group(`${path}:fan`, path, [fork, ...parts, join], links));
}

function frame(place: IPlace, inside: Part): IGroup {
  const { path } = place;
  return { ...group(`${path}:frame`, path, [inside], []), label: run => frameLabel(place, run) };
}

function group(id: string, path: string, parts: Part[], links: ILink[]): IGroup {
  return { kind: 'group', id, path, label: null, parts, links };
}

function wire(path: string): IPoint {
  return { kind: 'wire', id: `${path}:wire` };
}

function link(from: Part, to: Part, taken: Count, role: LinkRole = 'next', label = ''): ILink {
  return { from: from.id, to: to.id, role, label, taken };
}

/** What is drawn of a composition: boxes, diamonds and frames, and the links between them. Pure. */

import { argument, components, isEmpty, isSequence, root, type IPlace } from './ast';
import type { IBox, IDiamond, IGroup, ILink, IMark, IPoint, LinkRole, Part } from './graphparts';
import { boxOf, frameLabel } from './labels';
import { entered, least, left, type Count } from './runoverlay';

/** The whole drawing: start, the composition, end. */
export function graphOf(ast: unknown): IGroup {
  const place = root(ast);
  const start: IMark = { kind: 'start', id: 'start' };
  const end: IMark = { kind: 'end', id: 'end' };
  const finished: Count = run => (run.succeeded ? Math.max(1, run.visits('')) : 0);
  const body = draw(place, finished);
  const links = [link(start, body, entered('')), link(body, end, finished)];
  return { kind: 'group', id: 'whole', path: '', label: null, parts: [start, body, end], links };
}

/** All boxes, in the order of the composition. */
export function boxesOf(part: Part): IBox[] {
  return part.kind === 'box' ? [part] : part.kind === 'group' ? part.parts.flatMap(boxesOf) : [];
}

/** `done` counts how often what follows the place was come to. */
function draw(place: IPlace, done: Count): Part {
  const { node, path } = place;
  switch (node.type) {
    case 'if':
    case 'if_nosave':
      return choice(place, done);
    case 'while':
    case 'while_nosave':
      return whileLoop(place, done);
    case 'dowhile':
    case 'dowhile_nosave':
      return doLoop(place, done);
    case 'try':
      return handled(place, done);
    case 'finally':
      return ensured(place, done);
    case 'parallel':
    case 'par':
      return fan(place, done);
    case 'let':
    case 'mask':
    case 'async':
    case 'map':
    case 'retain':
    case 'retain_catch':
    case 'merge':
    case 'repeat':
    case 'retry':
      return frame(place, row(components(place), path, done));
    case 'composition':
      // One that was given with all its parts; else it is a call by name.
      return components(place).length > 0
        ? frame(place, row(components(place), path, done))
        : boxOf(place);
  }
  if (isSequence(node.type)) {
    return row(components(place), path, done);
  }
  return isEmpty(place) ? wire(path) : boxOf(place);
}

function row(places: IPlace[], path: string, done: Count): Part {
  const drawn = places.filter(one => !isEmpty(one));
  const parts = drawn.map((one, index) => {
    const next = drawn[index + 1];
    return draw(one, next ? entered(next.path) : done);
  });
  const [first] = parts;
  if (first === undefined) {
    return wire(path);
  }
  const links = parts.slice(1).map((part, index) => {
    const place = drawn[index + 1];
    return link(parts[index] ?? first, part, entered(place?.path ?? path));
  });
  return parts.length === 1 ? first : group(`${path}:row`, path, parts, links);
}

function choice(place: IPlace, done: Count): Part {
  const { path } = place;
  const yes = argument(place, 'consequent');
  const no = argument(place, 'alternate');
  const chosen: Count = run => run.visits(yes.path) + run.visits(no.path);
  const test = draw(argument(place, 'test'), chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const doneBy = (one: IPlace) => least(left(one.path), done);
  const consequent = draw(yes, doneBy(yes));
  const alternate = draw(no, doneBy(no));
  return group(
    `${path}:if`,
    path,
    [test, diamond, consequent, alternate, join],
    [
      link(test, diamond, chosen),
      link(diamond, consequent, entered(yes.path), 'branch', 'yes'),
      link(diamond, alternate, entered(no.path), 'branch', 'no'),
      link(consequent, join, doneBy(yes), 'merge'),
      link(alternate, join, doneBy(no), 'merge')
    ]
  );
}

function whileLoop(place: IPlace, done: Count): Part {
  const { path } = place;
  const testPlace = argument(place, 'test');
  const bodyPlace = argument(place, 'body');
  const stopped = least(entered(path), done);
  const again: Count = run => Math.max(0, run.visits(testPlace.path) - run.visits(path));
  const chosen: Count = run => run.visits(bodyPlace.path) + stopped(run);
  const test = draw(testPlace, chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const body = draw(bodyPlace, again);
  const out = wire(`${path}:out`);
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const inside = group(
    `${path}:loop`,
    path,
    [test, diamond, body, out, join],
    [
      link(test, diamond, chosen),
      link(diamond, body, entered(bodyPlace.path), 'branch', 'yes'),
      link(diamond, out, stopped, 'branch', 'no'),
      link(body, test, again, 'back'),
      link(body, join, () => 0, 'order'),
      link(out, join, stopped, 'merge')
    ]
  );
  return frame(place, inside);
}

function doLoop(place: IPlace, done: Count): Part {
  const { path } = place;
  const testPlace = argument(place, 'test');
  const bodyPlace = argument(place, 'body');
  const stopped = least(entered(path), done);
  const again: Count = run => Math.max(0, run.visits(bodyPlace.path) - run.visits(path));
  const chosen: Count = run => again(run) + stopped(run);
  const body = draw(bodyPlace, entered(testPlace.path));
  const test = draw(testPlace, chosen);
  const diamond: IDiamond = { kind: 'diamond', id: `${path}?`, path };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const inside = group(
    `${path}:loop`,
    path,
    [body, test, diamond, join],
    [
      link(body, test, entered(testPlace.path)),
      link(test, diamond, chosen),
      link(diamond, body, again, 'back', 'yes'),
      link(diamond, join, stopped, 'merge', 'no')
    ]
  );
  return frame(place, inside);
}

function handled(place: IPlace, done: Count): Part {
  const { path } = place;
  const bodyPlace = argument(place, 'body');
  const handlerPlace = argument(place, 'handler');
  const failed = entered(handlerPlace.path);
  const fine = least(run => Math.max(0, run.visits(bodyPlace.path) - failed(run)), done);
  const body = frame(place, draw(bodyPlace, fine));
  const cured = least(left(handlerPlace.path), done);
  const handler = draw(handlerPlace, cured);
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
    handled: true
  };
}

function ensured(place: IPlace, done: Count): Part {
  const { path } = place;
  const finalizer = argument(place, 'finalizer');
  const after = entered(finalizer.path);
  const body = frame(place, draw(argument(place, 'body'), after));
  const last = draw(finalizer, done);
  return group(`${path}:ensure`, path, [body, last], [link(body, last, after, 'next', 'always')]);
}

function fan(place: IPlace, done: Count): Part {
  const { path } = place;
  const branches = components(place);
  if (branches.length === 0) {
    return frame(place, wire(path));
  }
  const fork: IPoint = { kind: 'fork', id: `${path}<` };
  const join: IPoint = { kind: 'join', id: `${path}>` };
  const doneBy = (one: IPlace) => least(entered(one.path), done);
  const parts = branches.map(one => draw(one, doneBy(one)));
  const links = parts.flatMap((part, index) => {
    const one = branches[index] ?? place;
    return [link(fork, part, entered(one.path), 'branch'), link(part, join, doneBy(one), 'merge')];
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

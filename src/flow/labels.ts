/** The words on boxes and frames, and above the drawing. */

import { plural } from '../format/format';
import { actionName, codeOf, components, languageOf, type IPlace } from './ast';
import type { IBox } from './graphparts';
import type { IRun } from './runoverlay';

/** As many names as a frame's label can take. */
const NAMED = 3;

/** What a person reads of a node that has no inside. */
export function boxOf(place: IPlace): IBox {
  const { node, path } = place;
  const base = { kind: 'box' as const, id: `${path}:box`, path };
  switch (node.type) {
    case 'action':
    case 'composition': {
      const title = actionName(node.name);
      return { ...base, box: 'action', title, detail: node.type, whole: title };
    }
    case 'function': {
      const { kind, text, lines } = codeOf(place);
      const [first = 'function'] = lines;
      const all = text.split('\n').length;
      const more = all > 1 ? `, ${plural(all, 'line')}` : '';
      const detail = `inline ${languageOf(kind)}${more}`;
      return { ...base, box: 'code', title: first, detail, whole: text };
    }
    case 'value':
    case 'literal': {
      const title = node.value === undefined ? 'nothing' : JSON.stringify(node.value);
      return { ...base, box: 'value', title, detail: 'value', whole: title };
    }
    case 'dynamic': {
      const detail = 'named while it runs';
      return { ...base, box: 'dynamic', title: 'dynamic', detail, whole: `dynamic: ${detail}` };
    }
    default: {
      const detail = 'not known here';
      return {
        ...base,
        box: 'unknown',
        title: node.type,
        detail,
        whole: `${node.type}: ${detail}`
      };
    }
  }
}

/** `retry, at most 4 tries`; of a run, `retry, 2 of 4 tries`. */
export function frameLabel(place: IPlace, run: IRun | null): string {
  const { node } = place;
  const count = typeof node.count === 'number' ? node.count : null;
  switch (node.type) {
    case 'try':
      return 'try';
    case 'finally':
      return 'ensure';
    case 'while':
    case 'while_nosave':
      return 'loop';
    case 'dowhile':
    case 'dowhile_nosave':
      return 'doloop';
    case 'async':
      return 'asynchronous';
    case 'par':
      return 'parallel';
    case 'map':
      return 'map, once per item';
    case 'repeat':
      return count === null ? 'repeat' : `repeat ${plural(count, 'time')}`;
    case 'retry':
      return count === null ? 'retry' : `retry, ${triesOf(place, count, run)}`;
    case 'let':
      return `let ${namesOf(node.declarations)}`;
    case 'composition':
      return actionName(node.name);
    default:
      return node.type;
  }
}

/** The first try is none of the `count` that may follow it. */
function triesOf(place: IPlace, count: number, run: IRun | null): string {
  const entered = run?.visits(place.path) ?? 0;
  const made = run?.visits(components(place)[0]?.path ?? '') ?? 0;
  // Entered more than once, as in a loop, the tries of all times are added up.
  return entered > 1 || made === 0
    ? `at most ${plural(count + 1, 'try', 'tries')}`
    : `${made} of ${plural(count + 1, 'try', 'tries')}`;
}

function namesOf(declarations: unknown): string {
  const names =
    typeof declarations === 'object' && declarations !== null ? Object.keys(declarations) : [];
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

/** `5 of 7 functions reached, 6 calls.`; without a run, `7 functions.` */
export function summary(boxes: readonly IBox[], run: IRun | null): string {
  const functions = boxes.filter(one => one.box !== 'value' && one.box !== 'unknown');
  if (boxes.length === 0) {
    return 'An empty composition: it answers what it is given.';
  }
  if (run === null) {
    return `${plural(functions.length, 'function')}.`;
  }
  const reached = functions.filter(one => run.visits(one.path) > 0).length;
  const calls = functions
    .filter(one => one.box !== 'code')
    .reduce((sum, one) => sum + run.visits(one.path), 0);
  return `${reached} of ${plural(functions.length, 'function')} reached, ${plural(calls, 'call')}.`;
}

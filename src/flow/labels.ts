/** The texts of boxes and frames, and the summary above the drawing. */

import { count, plural } from '../format/format';
import { shownName } from '../format/names';
import { actionName, inlineCode, childPlaces, languageName, type IPlace } from './ast';
import type { IBox } from './graphparts';
import type { IRunOverlay } from './runoverlay';

/** The maximum number of names that fit into the label of a frame. */
const MAX_NAMES = 3;

/** Return the box for a node without children. */
export function toBox(place: IPlace): IBox {
  const { node, path } = place;
  const base = { kind: 'box' as const, id: `${path}:box`, path };
  switch (node.type) {
    case 'action':
    case 'composition': {
      const title = shownName(actionName(node.name));
      return { ...base, box: 'action', title, detail: node.type, fullText: title };
    }
    case 'function': {
      const { kind, text, lines } = inlineCode(place);
      const [first = 'function'] = lines;
      const all = text.split('\n').length;
      const more = all > 1 ? `, ${plural(all, 'line')}` : '';
      const detail = `inline ${languageName(kind)}${more}`;
      return { ...base, box: 'code', title: first, detail, fullText: text };
    }
    case 'value':
    case 'literal': {
      const title = node.value === undefined ? 'nothing' : JSON.stringify(node.value);
      return { ...base, box: 'value', title, detail: 'value', fullText: title };
    }
    case 'dynamic': {
      const detail = 'chosen at run time';
      return { ...base, box: 'dynamic', title: 'dynamic', detail, fullText: `dynamic: ${detail}` };
    }
    default: {
      const detail = 'unknown combinator';
      return {
        ...base,
        box: 'unknown',
        title: node.type,
        detail,
        fullText: `${node.type}: ${detail}`
      };
    }
  }
}

/**
 * Return the label of a frame, such as `retry, at most 4 tries`, or `retry, 2 of 4 tries` for a
 * run.
 */
export function frameLabel(place: IPlace, run: IRunOverlay | null): string {
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
      return count === null ? 'retry' : `retry, ${triesText(place, count, run)}`;
    case 'let':
      return `let ${declaredNames(node.declarations)}`;
    case 'composition':
      return shownName(actionName(node.name));
    default:
      return node.type;
  }
}

/** Return the number of tries. `count` is the number of retries, so there is one more try. */
function triesText(place: IPlace, count: number, run: IRunOverlay | null): string {
  const entered = run?.visits(place.path) ?? 0;
  const made = run?.visits(childPlaces(place)[0]?.path ?? '') ?? 0;
  // In a loop, the visits of all iterations are added up, so the number of tries is not known.
  return entered > 1 || made === 0
    ? `at most ${plural(count + 1, 'try', 'tries')}`
    : `${made} of ${plural(count + 1, 'try', 'tries')}`;
}

function declaredNames(declarations: unknown): string {
  const names =
    typeof declarations === 'object' && declarations !== null ? Object.keys(declarations) : [];
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/**
 * Return the summary of a graph: `6 calls to 5 of 7 functions.`, or `7 functions.` without a run.
 * The number of calls is that of the whole session, as everywhere else.
 */
export function graphSummary(boxes: readonly IBox[], run: IRunOverlay | null): string {
  const functions = boxes.filter(one => one.box !== 'value' && one.box !== 'unknown');
  if (boxes.length === 0) {
    return 'This composition is empty and returns its input.';
  }
  if (run === null) {
    return `${plural(functions.length, 'function')}.`;
  }
  // Inline functions run inside the conductor, without a call.
  const inline = functions.filter(one => one.box === 'code');
  const called = functions.filter(one => one.box !== 'code');
  const { all, nested } = run.calls;
  const within = nested === 0 ? '' : `, ${count(nested)} of them in nested compositions`;
  const sentences = [
    called.length === 0
      ? plural(all, 'call')
      : `${plural(all, 'call')} to ${reached(called, run, 'function')}${within}`
  ];
  if (inline.length > 0) {
    sentences.push(`${reached(inline, run, 'inline function')} ran`);
  }
  return `${sentences.join('. ')}.`;
}

/** Return how many of some boxes a run reached, such as `5 of 7 functions` or `7 functions`. */
function reached(boxes: readonly IBox[], run: IRunOverlay, word: string): string {
  const some = boxes.filter(one => run.visits(one.path) > 0).length;
  const all = plural(boxes.length, word);
  return some === boxes.length ? all : `${count(some)} of ${all}`;
}

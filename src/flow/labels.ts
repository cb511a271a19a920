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
 * Return the summary of a graph: `5 of 7 functions reached, 6 calls.`, or `7 functions.` without a
 * run.
 */
export function graphSummary(boxes: readonly IBox[], run: IRunOverlay | null): string {
  const functions = boxes.filter(one => one.box !== 'value' && one.box !== 'unknown');
  if (boxes.length === 0) {
    return 'This composition is empty and returns its input.';
  }
  if (run === null) {
    return `${plural(functions.length, 'function')}.`;
  }
  const reached = functions.filter(one => run.visits(one.path) > 0).length;
  const calls = functions
    .filter(one => one.box !== 'code')
    .reduce((sum, one) => sum + run.visits(one.path), 0);
  // Inline functions are not called, so there may be fewer calls than functions.
  const inline = functions.filter(one => one.box === 'code' && run.visits(one.path) > 0).length;
  const which = inline === 0 ? '' : ` (${count(inline)} inline)`;
  return `${reached} of ${plural(functions.length, 'function')} reached${which}, ${plural(calls, 'call')}.`;
}

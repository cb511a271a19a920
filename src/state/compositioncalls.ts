/** How it stands with the actions that a composition calls, as the target and the notebook tell now. */

import type { IAstNode, ICalledAction } from '../api/composition';
import type { INote } from '../flow/box';
import { boxesOf, graphOf } from '../flow/graph';
import type { IFaasManager, INotebookFunctions } from '../tokens';

/** `known` is what a card was saved with. */
export function standingOf(
  known: readonly ICalledAction[],
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): ICalledAction[] {
  return known.map(one => ({ ...one, state: stateOf(one, manager, notebook) }));
}

/** The actions in a graph that comes without a card. */
export function calledIn(graph: IAstNode): ICalledAction[] {
  const called = new Map<string, string[]>();
  for (const { box, title, path } of boxesOf(graphOf(graph))) {
    if (box === 'action') {
      called.set(title, [...(called.get(title) ?? []), path]);
    }
  }
  return [...called].map(([name, paths]) => ({ name, paths, state: 'unknown' }));
}

/** What their boxes say besides the name, by path; one that is there needs no words. */
export function notesOf(called: readonly ICalledAction[]): Record<string, INote> {
  const notes: Record<string, INote> = {};
  for (const { paths, state } of called) {
    for (const path of paths) {
      if (state === 'missing') {
        notes[path] = { words: 'missing', icon: 'triangle', tone: 'warn' };
      } else if (state === 'notebook') {
        notes[path] = { words: 'not deployed yet', icon: 'deploy', tone: 'plain' };
      }
    }
  }
  return notes;
}

/** What other namespaces hold is not known here. */
function stateOf(
  { name, state, brought }: ICalledAction,
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): ICalledAction['state'] {
  if (!manager.known || name.startsWith('/')) {
    return state;
  }
  if (manager.functionNamed(name) !== null) {
    return 'deployed';
  }
  const here = notebook?.link.functions.some(one => one.name === name);
  return here || brought ? 'notebook' : 'missing';
}

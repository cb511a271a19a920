/**
 * The current states of the actions that a composition calls: deployed, in the notebook, or
 * missing.
 */

import type { IAstNode, ICalledAction } from '../api/composition';
import type { INote } from '../flow/box';
import { boxesOf, graphOf } from '../flow/graph';
import type { IFaasManager, INotebookFunctions } from '../tokens';

/**
 * Return the actions with their current states. `known` contains the states that were saved with
 * the card.
 */
export function withCurrentStates(
  known: readonly ICalledAction[],
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): ICalledAction[] {
  return known.map(one => ({ ...one, state: stateOf(one, manager, notebook) }));
}

/** Return the actions that a graph calls. */
export function actionsCalledBy(graph: IAstNode): ICalledAction[] {
  const called = new Map<string, string[]>();
  for (const { box, title, path } of boxesOf(graphOf(graph))) {
    if (box === 'action') {
      called.set(title, [...(called.get(title) ?? []), path]);
    }
  }
  return [...called].map(([name, paths]) => ({ name, paths, state: 'unknown' }));
}

/** Return the notes for boxes by path. Deployed actions do not need a note. */
export function boxNotes(called: readonly ICalledAction[]): Record<string, INote> {
  const notes: Record<string, INote> = {};
  for (const { paths, state } of called) {
    for (const path of paths) {
      if (state === 'missing') {
        notes[path] = { text: 'missing', icon: 'triangle', tone: 'warn' };
      } else if (state === 'notebook') {
        notes[path] = { text: 'not deployed yet', icon: 'deploy', tone: 'plain' };
      }
    }
  }
  return notes;
}

/**
 * Return the state of an action. Actions in other namespaces keep their state, because the target
 * does not list them.
 */
function stateOf(
  { name, state, brought }: ICalledAction,
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): ICalledAction['state'] {
  const held = manager.functionsOn(notebook === null ? manager.api.target : notebook.target);
  if (held === null || name.startsWith('/')) {
    return state;
  }
  if (held.some(one => one.name === name)) {
    return 'deployed';
  }
  const here = notebook?.link.functions.some(one => one.name === name);
  return here || brought ? 'notebook' : 'missing';
}

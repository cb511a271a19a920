import React from 'react';

import type { ICalledAction } from '../api/session';
import type { ICard } from '../api/types';
import type { ICardProps } from '../components/card';
import type { INote } from '../flow/box';
import { Flow } from '../flow/flow';
import type { IFaasManager, INotebookFunctions } from '../tokens';

/** Pixels: a preview leaves room for the rest of the card. */
const PREVIEW_HEIGHT = 320;

/** What the card of a composition has beside that of a function. */
export function compositionOf(
  card: ICard,
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): Pick<ICardProps, 'graph' | 'called'> {
  const facts = card.composition;
  if (facts === undefined) {
    return {};
  }
  const called = facts.actions.map(one => ({ ...one, state: stateOf(one, manager, notebook) }));
  return {
    called,
    graph: (
      <Flow
        graph={facts.graph}
        name={card.name}
        notes={notesOf(called)}
        bare
        maxHeight={PREVIEW_HEIGHT}
      />
    )
  };
}

/** How it stands with an action now; what other namespaces hold is not known here. */
function stateOf(
  { name, state }: ICalledAction,
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): ICalledAction['state'] {
  if (!manager.known || name.startsWith('/')) {
    return state;
  }
  if (manager.functionNamed(name) !== null) {
    return 'deployed';
  }
  return notebook?.link.functions.some(one => one.name === name) ? 'notebook' : 'missing';
}

/** What a box says besides its name; an action that is there needs no words. */
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

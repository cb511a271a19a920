import React from 'react';

import type { ICard } from '../api/types';
import { notesOf, standingOf } from '../state/compositioncalls';
import type { ICardProps } from '../components/card/functioncard';
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
  const called = standingOf(facts.actions, manager, notebook);
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

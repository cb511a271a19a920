/** The props of the document of a graph, and the actions it needs from the application. */

import type { IFaasManager } from '../../tokens';
import type { GraphModel } from './model';

export interface IGraphActions {
  /** Open the graph or the cell of an action; null if it has neither. */
  opener: (name: string) => { words: string; open: () => void } | null;
  startPlayground: () => void;
}

export interface IGraphProps {
  model: GraphModel;
  manager: IFaasManager;
  actions: IGraphActions;
}

/** The props of the document of a graph, and the actions that the application provides. */

import type { IFaasManager } from '../../tokens';
import type { GraphModel } from './model';

export interface IGraphActions {
  /**
   * Return a button text and a function that opens the graph or the cell of an action, or null if
   * the action has neither.
   */
  opener: (name: string) => { words: string; open: () => void } | null;
  startPlayground: () => void;
}

export interface IGraphProps {
  model: GraphModel;
  manager: IFaasManager;
  actions: IGraphActions;
}

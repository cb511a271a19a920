/** What the document of a graph is given, and what it asks of the world around it. */

import type { IFaasManager } from '../../tokens';
import type { GraphModel } from './model';

export interface IGraphActions {
  /** Where a function leads to: its graph, or its cell; null where there is neither. */
  opener: (name: string) => { words: string; open: () => void } | null;
  startPlayground: () => void;
}

export interface IGraphProps {
  model: GraphModel;
  manager: IFaasManager;
  actions: IGraphActions;
}

/** Wire types of a composition: its graph, and the actions that it calls. */

/**
 * A node of a composition as OpenWhisk Composer writes it; its other properties depend on its type.
 */
export interface IAstNode {
  type: string;
  components?: IAstNode[];
  [argument: string]: unknown;
}

/** The part of a card that only compositions have. */
export interface ICompositionFacts {
  graph: IAstNode;
  functions: number;
  least_calls: number;
  actions: ICalledAction[];
}

/**
 * An action that a composition calls. `notebook`: packaged in this notebook but not deployed;
 * `brought`: deployed together with the composition.
 */
export interface ICalledAction {
  name: string;
  paths: string[];
  state: 'deployed' | 'missing' | 'notebook' | 'unknown';
  brought?: boolean;
}

export interface IGraphAnswer {
  graph: IAstNode | null;
}

/** Wire types of a composition: its graph, and the actions that it calls. */

/**
 * A node of a composition, as OpenWhisk Composer writes it. The other properties depend on the
 * type.
 */
export interface IAstNode {
  type: string;
  components?: IAstNode[];
  [argument: string]: unknown;
}

/** The properties of a card that only compositions have. */
export interface ICompositionFacts {
  graph: IAstNode;
  functions: number;
  least_calls: number;
  actions: ICalledAction[];
}

/**
 * An action that a composition calls. In the state `notebook` the action is packaged in this
 * notebook but not deployed. `brought` actions are deployed together with the composition.
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

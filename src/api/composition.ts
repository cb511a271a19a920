/** A composition: its graph, and the actions that it calls. */

/** A node of a composition as OpenWhisk Composer writes it; what else it has depends on its type. */
export interface IAstNode {
  type: string;
  components?: IAstNode[];
  [argument: string]: unknown;
}

/** What a card tells of a composition. */
export interface ICompositionFacts {
  graph: IAstNode;
  functions: number;
  least_calls: number;
  actions: ICalledAction[];
}

/**
 * An action that a composition calls; `notebook`: not deployed yet, but packaged here; `brought`: it
 * goes along with the composition.
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

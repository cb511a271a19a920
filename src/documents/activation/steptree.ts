/**
 * The steps of a session as a tree of compositions, branches, sequences and calls. Pure functions.
 */

import type { IAstNode } from '../../api/composition';
import type { ISession, ISessionStep } from '../../api/session';
import { amount, ZERO, type IAmount } from '../../format/money';
import { isOverhead } from '../../format/overhead';

/**
 * A step and the steps that it caused. The runs of its conductor are stored separately because they
 * are overhead.
 */
export interface IStepNode {
  step: ISessionStep;
  children: IStepNode[];
  /**
   * The runs of the step's conductor and the no-op activations between branches, in order. Empty
   * for a plain action.
   */
  overhead: ISessionStep[];
}

/**
 * Return the tree with the session as its root. Steps whose parent is unknown are children of the
 * root.
 */
export function stepTree(session: ISession): IStepNode {
  const root: IStepNode = { step: rootStep(session), children: [], overhead: [] };
  const nodes = new Map<string, IStepNode>([[session.id, root]]);
  for (const step of session.steps) {
    if (!isOverhead(step)) {
      nodes.set(step.id, { step, children: [], overhead: [] });
    }
  }
  for (const step of session.steps) {
    const parent = nodes.get(step.parent) ?? root;
    const node = nodes.get(step.id);
    if (node === undefined) {
      parent.overhead.push(step);
    } else if (node !== parent) {
      parent.children.push(node);
    }
  }
  return root;
}

/** Return whether a node consists of other steps. */
export function isGroup({ step, children, overhead }: IStepNode): boolean {
  return children.length + overhead.length > 0 || step.kind === 'sequence';
}

function rootStep({ id, activation, kind, start, end, cold }: ISession): ISessionStep {
  return {
    ...activation,
    start,
    end,
    cold,
    role: kind === 'function' ? 'action' : kind,
    parent: id,
    path: '',
    nth: null,
    error: null,
    visited: []
  };
}

/**
 * Return how long the code ran, without the init that the recorded duration includes. Null if the
 * duration is unknown.
 */
export function runMs({ duration_ms, init_ms }: ISessionStep): number | null {
  return duration_ms === null ? null : Math.max(0, duration_ms - (init_ms ?? 0));
}

/** Return the cost of a million such runs, or zero if the record has no cost. */
export function stepCost({ cost_per_million_usd: cost }: ISessionStep): IAmount {
  return cost === null ? ZERO : amount(cost);
}

export interface ITimes {
  wait: number | null;
  init: number | null;
  run: number | null;
}

/** Return the sums of the known times. A sum is null if none of its times is known. */
export function totalTimes(steps: readonly ISessionStep[]): ITimes {
  return {
    wait: sumKnown(steps.map(step => step.wait_ms)),
    init: sumKnown(steps.map(step => step.init_ms)),
    run: sumKnown(steps.map(runMs))
  };
}

function sumKnown(values: (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

/** Return all runs below a node that are charged separately. For a plain call, that is its own run. */
export function chargedRuns(node: IStepNode): ISessionStep[] {
  const own = isGroup(node) ? [] : [node.step];
  return [...own, ...node.overhead, ...node.children.flatMap(chargedRuns)];
}

/**
 * Return `2nd try` for a call within a retry, `2nd call` for other repeated calls, and `branch 2`
 * for a branch. Null if the node was called once.
 */
export function repetitionLabel(step: ISessionStep, session: ISession): string | null {
  if (step.role === 'branch') {
    const branches = session.steps.filter(
      one => one.role === 'branch' && one.parent === step.parent
    );
    return `branch ${branches.indexOf(step) + 1}`;
  }
  const { nth, path } = step;
  if (nth === null || path === null) {
    return null;
  }
  const same = (one: ISessionStep) => one.path === path && one.parent === step.parent;
  if (session.steps.filter(same).length < 2) {
    return null;
  }
  return `${ordinal(nth)} ${isRetried(session.graph, path) ? 'try' : 'call'}`;
}

function isRetried(graph: IAstNode | null, path: string): boolean {
  let node: unknown = graph;
  for (const [, index, argument] of path.matchAll(/\[(\d+)\]|\.(\w+)/g)) {
    const { type, components } = (node ?? {}) as Partial<IAstNode>;
    if (type === 'retry') {
      return true;
    }
    node =
      index !== undefined
        ? components?.[Number(index)]
        : (node as IAstNode | null)?.[argument ?? ''];
  }
  return false;
}

export function ordinal(value: number): string {
  const teen = value % 100 >= 11 && value % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}

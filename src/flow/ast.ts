/**
 * Reads the AST of a composition tolerantly. The AST may come from any version of a composer, so
 * missing or unknown properties must not prevent the drawing.
 */

import type { IAstNode } from '../api/composition';

/** A node with its path as conductors log it, such as `[4].consequent[0]`. */
export interface IPlace {
  node: IAstNode;
  path: string;
}

const EMPTY: IAstNode = { type: 'empty' };

/** Return an action's name without the namespace if it is the target's: `iris` for `/_/iris`. */
export function actionName(name: unknown): string {
  return typeof name === 'string' ? name.replace(/^\/_\//, '') : 'action';
}

export function rootPlace(graph: unknown): IPlace {
  return { node: toNode(graph), path: '' };
}

export function childPlaces({ node, path }: IPlace): IPlace[] {
  const list: unknown = node.components;
  return Array.isArray(list)
    ? list.map((one, index) => ({ node: toNode(one), path: `${path}[${index}]` }))
    : [];
}

export function argumentPlace({ node, path }: IPlace, name: string): IPlace {
  return { node: toNode(node[name]), path: `${path}.${name}` };
}

/**
 * Return the kind, source text and code lines of an inline function. The lines exclude comments and
 * decorators. All three are empty for other nodes.
 */
export function inlineCode({ node }: IPlace): { kind: string; text: string; lines: string[] } {
  const exec = field(field(node, 'function'), 'exec');
  const code = field(exec, 'code');
  const kind = field(exec, 'kind');
  const text = typeof code === 'string' ? code.trimEnd() : '';
  const lines = text.split('\n').map(line => line.trim());
  return {
    kind: typeof kind === 'string' ? kind : '',
    text,
    lines: lines.filter(line => line !== '' && !/^(#|\/\/|@)/.test(line))
  };
}

export function languageName(kind: string): string {
  return kind.startsWith('nodejs') ? 'JavaScript' : kind.startsWith('python') ? 'Python' : kind;
}

/** Return whether there is nothing to draw. */
export function isEmpty(place: IPlace): boolean {
  const { type } = place.node;
  return type === 'empty' || (isSequence(type) && childPlaces(place).every(isEmpty));
}

export function isSequence(type: string): boolean {
  return type === 'sequence' || type === 'seq';
}

function toNode(value: unknown): IAstNode {
  if (typeof value !== 'object' || value === null) {
    return EMPTY;
  }
  const { type } = value as { type?: unknown };
  return typeof type === 'string' ? (value as IAstNode) : { ...value, type: 'unknown' };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

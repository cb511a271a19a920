/** Reading a composition's AST, whoever wrote it: what is missing or odd in it must not stop the drawing. */

import type { IAstNode } from '../api/composition';

/** A node with the path that conductors print for it, such as `[4].consequent[0]`. */
export interface IPlace {
  node: IAstNode;
  path: string;
}

const EMPTY: IAstNode = { type: 'empty' };

/** What an action is called where the namespace is the target's own: `/_/iris` is `iris`. */
export function actionName(name: unknown): string {
  return typeof name === 'string' ? name.replace(/^\/_\//, '') : 'action';
}

export function root(graph: unknown): IPlace {
  return { node: nodeOf(graph), path: '' };
}

export function components({ node, path }: IPlace): IPlace[] {
  const list: unknown = node.components;
  return Array.isArray(list)
    ? list.map((one, index) => ({ node: nodeOf(one), path: `${path}[${index}]` }))
    : [];
}

export function argument({ node, path }: IPlace, name: string): IPlace {
  return { node: nodeOf(node[name]), path: `${path}.${name}` };
}

/** The source of an inline function, and those of its lines that are no comment or decorator. */
export function codeOf({ node }: IPlace): { kind: string; text: string; lines: string[] } {
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

export function languageOf(kind: string): string {
  return kind.startsWith('nodejs') ? 'JavaScript' : kind.startsWith('python') ? 'Python' : kind;
}

/** Whether there is nothing to draw. */
export function isEmpty(place: IPlace): boolean {
  const { type } = place.node;
  return type === 'empty' || (isSequence(type) && components(place).every(isEmpty));
}

export function isSequence(type: string): boolean {
  return type === 'sequence' || type === 'seq';
}

function nodeOf(value: unknown): IAstNode {
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

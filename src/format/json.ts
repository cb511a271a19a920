/** JSON for reading: what fits on a line stays on one, at every depth, each piece with its role. */

import { isRaw } from '../api/numbers';
import { isObject, type Json } from '../api/values';

export type TokenRole = 'key' | 'string' | 'number' | 'atom' | 'mark';

export interface IToken {
  role: TokenRole;
  text: string;
}

const WIDTH = 80;
const INDENT = '  ';

/** The tokens of a value; their texts joined are valid JSON. */
export function tokens(value: Json, width = WIDTH): IToken[] {
  return lay(value, '', 0, width);
}

/** The same as plain text, for the clipboard. */
export function text(value: Json): string {
  return tokens(value)
    .map(token => token.text)
    .join('');
}

function lay(value: Json, indent: string, taken: number, width: number): IToken[] {
  const flat = flatten(value);
  const length = flat.reduce((sum, token) => sum + token.text.length, 0);
  const entries = entriesOf(value);
  if (entries === null || entries.length === 0 || indent.length + taken + length <= width) {
    return flat;
  }
  const deeper = indent + INDENT;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const laid: IToken[] = [mark(open)];
  entries.forEach(([key, entry], index) => {
    laid.push(mark(`${index > 0 ? ',' : ''}\n${deeper}`));
    const name = keyTokens(key);
    laid.push(...name);
    const used = name.reduce((sum, token) => sum + token.text.length, 1);
    laid.push(...lay(entry, deeper, used, width));
  });
  laid.push(mark(`\n${indent}${close}`));
  return laid;
}

function flatten(value: Json): IToken[] {
  const entries = entriesOf(value);
  if (entries === null) {
    return [{ role: roleOf(value), text: JSON.stringify(value) }];
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const laid: IToken[] = [mark(open)];
  entries.forEach(([key, entry], index) => {
    if (index > 0) {
      laid.push(mark(', '));
    }
    laid.push(...keyTokens(key), ...flatten(entry));
  });
  laid.push(mark(close));
  return laid;
}

function entriesOf(value: Json): [string | null, Json][] | null {
  if (Array.isArray(value)) {
    return value.map(entry => [null, entry]);
  }
  return isObject(value) ? Object.entries(value) : null;
}

function keyTokens(key: string | null): IToken[] {
  return key === null ? [] : [{ role: 'key', text: JSON.stringify(key) }, mark(': ')];
}

function roleOf(value: Json): TokenRole {
  if (typeof value === 'string') {
    return 'string';
  }
  return typeof value === 'number' || isRaw(value) ? 'number' : 'atom';
}

function mark(words: string): IToken {
  return { role: 'mark', text: words };
}

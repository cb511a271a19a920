/**
 * Pretty-prints JSON. At every depth, values that fit into the width stay on one line. Each token
 * has a role that determines its colour.
 */

import { isRawNumber } from '../api/numbers';
import { isObject, type Json } from '../api/values';

export type TokenRole = 'key' | 'string' | 'number' | 'atom' | 'mark';

export interface IToken {
  role: TokenRole;
  text: string;
}

const WIDTH = 80;
const INDENT = '  ';

/** Return the tokens of a value. The texts of the tokens, joined, are valid JSON. */
export function jsonTokens(value: Json, width = WIDTH): IToken[] {
  return layOut(value, '', 0, width);
}

/** Return pretty-printed JSON as text for the clipboard. */
export function jsonText(value: Json): string {
  return jsonTokens(value)
    .map(token => token.text)
    .join('');
}

function layOut(value: Json, indent: string, taken: number, width: number): IToken[] {
  const flat = flatten(value);
  const length = flat.reduce((sum, token) => sum + token.text.length, 0);
  const entries = entriesOf(value);
  if (entries === null || entries.length === 0 || indent.length + taken + length <= width) {
    return flat;
  }
  const deeper = indent + INDENT;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const laid: IToken[] = [punctuation(open)];
  entries.forEach(([key, entry], index) => {
    laid.push(punctuation(`${index > 0 ? ',' : ''}\n${deeper}`));
    const name = keyTokens(key);
    laid.push(...name);
    const used = name.reduce((sum, token) => sum + token.text.length, 1);
    laid.push(...layOut(entry, deeper, used, width));
  });
  laid.push(punctuation(`\n${indent}${close}`));
  return laid;
}

function flatten(value: Json): IToken[] {
  const entries = entriesOf(value);
  if (entries === null) {
    return [{ role: roleOf(value), text: JSON.stringify(value) }];
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const laid: IToken[] = [punctuation(open)];
  entries.forEach(([key, entry], index) => {
    if (index > 0) {
      laid.push(punctuation(', '));
    }
    laid.push(...keyTokens(key), ...flatten(entry));
  });
  laid.push(punctuation(close));
  return laid;
}

function entriesOf(value: Json): [string | null, Json][] | null {
  if (Array.isArray(value)) {
    return value.map(entry => [null, entry]);
  }
  return isObject(value) ? Object.entries(value) : null;
}

function keyTokens(key: string | null): IToken[] {
  return key === null ? [] : [{ role: 'key', text: JSON.stringify(key) }, punctuation(': ')];
}

function roleOf(value: Json): TokenRole {
  if (typeof value === 'string') {
    return 'string';
  }
  return typeof value === 'number' || isRawNumber(value) ? 'number' : 'atom';
}

function punctuation(words: string): IToken {
  return { role: 'mark', text: words };
}

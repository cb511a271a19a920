/** Parses and rewrites `%%function` and `%%composition` cells. Pure functions. */

import { nameOnTarget } from '../format/names';

export interface IParsedCell {
  /** The function's name on the target: `name` or `package/name`. */
  name: string;
  /** The name of the function in the notebook, if OpenWhisk does not allow it. */
  variable?: string;
  memoryMb: number | null;
  composition: boolean;
}

/** The line that loads the magics into a kernel. */
export const LOAD_EXTENSION = '%load_ext jupyter_faas';

/**
 * The example cell that the sidebar offers while there are no functions. It runs in any notebook, and
 * its lines are not wrapped in a sidebar of 250 px.
 */
export const EXAMPLE_CELL = `%%function greet
def greet(name: str):
    return {"hello": name}`;

/** Matches the magic line. IPython ignores empty lines before a cell magic. */
const MAGIC = /^(?:[^\S\n]*\n)*%%(function|composition)[^\S\n]+([^\s-]\S*)([^\n]*)/;

/**
 * Matches the last `--package` option, because the kernel also uses the last one. The value may be
 * quoted.
 */
const PACKAGE = /^.*(?:^|\s)--package(?:\s+|=)(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"']\S*))/;

/** Parse a cell that defines a function or composition. Return null for other cells. */
export function parseFunctionCell(text: string): IParsedCell | null {
  const [, magic, name, options = ''] = MAGIC.exec(text) ?? [];
  if (name === undefined) {
    return null;
  }
  const memory = /(?:^|\s)--memory(?:\s+|=)(\d+)\b/.exec(options)?.[1];
  const [, ...quoted] = PACKAGE.exec(options) ?? [];
  const inside = quoted.find(Boolean);
  return {
    name: nameOnTarget(inside === undefined ? name : `${inside}/${name}`),
    ...(nameOnTarget(name) !== name && { variable: name }),
    memoryMb: memory === undefined ? null : Number(memory),
    composition: magic === 'composition'
  };
}

/** Return whether a cell is deployed as `NAME-dev` each time that it changes (`--watch`). */
export function isWatched(text: string): boolean {
  const [, magic, , options = ''] = MAGIC.exec(text) ?? [];
  return magic === 'function' && /(?:^|\s)--watch(?!\S)/.test(options);
}

/** Return whether a cell may load or use jupyter_faas. */
export function mentionsFaas(text: string): boolean {
  return /jupyter_faas|%%function\b|%%composition\b|%faas\b/.test(text);
}

/** The options that a cell may have several times, with different values. */
const REPEATABLE = new Set(['--env', '--secret']);

/**
 * Return the text of the cell with an option such as `--memory 512` or `--vendor`. An existing
 * option of the same name is replaced, except `--env` and `--secret` with other values.
 */
export function withOption(text: string, option: string): string {
  const [flag = ''] = option.split(' ');
  const earlier = optionPattern(option, REPEATABLE.has(flag) ? undefined : '\\S+');
  return text.replace(MAGIC, line => `${line.replace(earlier, '').trimEnd()} ${option}`);
}

/** Return whether the magic line of a cell has an option with this value. */
export function hasOption(text: string, option: string): boolean {
  return optionPattern(option).test(MAGIC.exec(text)?.[0] ?? '');
}

/**
 * Return where {@link withOption} has written an option, as offsets into the text; null if the text
 * is not a function cell.
 */
export function writtenOption(text: string, option: string): { start: number; end: number } | null {
  const end = MAGIC.exec(text)?.[0].length;
  return end === undefined ? null : { start: end - option.length, end };
}

/** Match an option in a magic line, by default with its own value. */
function optionPattern(option: string, anyValue?: string): RegExp {
  const [flag, ...value] = option
    .split(' ')
    .map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const wanted = value.length > 0 ? `(?:\\s+|=)${anyValue ?? value.join(' ')}` : '';
  return new RegExp(`\\s+${flag}${wanted}(?!\\S)`);
}

/** The names of actions whose functions have names that OpenWhisk does not allow. */

import { decode, encode } from 'punycode/punycode.js';

const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex -- all of ASCII
const ENCODED = 'xn--';

/**
 * Return the name under which OpenWhisk can store a function that a cell calls `written`: `grosse`
 * for `größe`. The kernel has the same rule (jupyter_faas/whisk/names.py).
 */
export function nameOnTarget(written: string): string {
  return ASCII.test(written) ? written : written.split('/').map(inAscii).join('/');
}

/** Return a name as people read it: an encoded name becomes the name that the cell has. */
export function shownName(name: string): string {
  return name.includes(ENCODED) ? name.split('/').map(decoded).join('/') : name;
}

function inAscii(written: string): string {
  const text = written.normalize('NFKC');
  const plain = text.replace(/ß/g, 'ss').normalize('NFKD').replace(/\p{M}/gu, '');
  return ASCII.test(plain) ? plain : ENCODED + encode(text);
}

function decoded(part: string): string {
  if (!part.startsWith(ENCODED)) {
    return part;
  }
  try {
    const text = decode(part.slice(ENCODED.length));
    // A name of another origin may begin with these letters.
    return inAscii(text) === part ? text : part;
  } catch {
    return part;
  }
}

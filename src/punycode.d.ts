declare module 'punycode/punycode.js' {
  /** Encode a text as in the labels of internet domains (RFC 3492). */
  export function encode(text: string): string;
  /** Decode a text. Throws a RangeError if it is not valid. */
  export function decode(text: string): string;
}

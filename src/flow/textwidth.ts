/** Estimates the width of text, so that the layout needs no DOM and stays a pure function. */

const NARROW = /[ijl.,;:'|!()[\]{}ftrI ]/;
/** The first of the characters that are as wide as they are high. */
const CJK = '\u2e80';
const WIDE = /[mwMWQ@%]/;

/** Estimate the width in px in JupyterLab's font. The estimate tends to be too wide. */
export function textWidth(text: string, size = 13): number {
  let width = 0;
  for (const letter of text) {
    width += letterWidth(letter);
  }
  return (width * size) / 13;
}

/** Estimate the width in px of code in a 12 px font. */
export function monoWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    width += monoLetter(letter);
  }
  return width;
}

/** Truncate a text to a width in px, and end it with an ellipsis if it was too long. */
export function truncateToWidth(text: string, room: number, size = 13): string {
  return cut(text, (room * 13) / size, letterWidth);
}

export function truncateMono(text: string, room: number): string {
  return cut(text, room, monoLetter);
}

function cut(text: string, room: number, widthOf: (letter: string) => number): string {
  let width = 0;
  let kept = '';
  for (const letter of text) {
    width += widthOf(letter);
    if (width > room) {
      return `${kept.slice(0, -1).trimEnd()}…`;
    }
    kept += letter;
  }
  return text;
}

function monoLetter(letter: string): number {
  return letter > CJK ? 13 : 7.3;
}

function letterWidth(letter: string): number {
  if (letter > CJK) {
    return 13;
  }
  if (NARROW.test(letter)) {
    return 4.6;
  }
  return WIDE.test(letter) ? 11.4 : letter >= 'A' && letter <= 'Z' ? 9 : 7.6;
}

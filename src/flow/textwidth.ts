/** How wide a text is, near enough to size a box without a page to measure in. */

const NARROW = /[ijl.,;:'|!()[\]{}ftrI ]/;
/** From here on letters are as wide as they are high. */
const CJK = '\u2e80';
const WIDE = /[mwMWQ@%]/;

/** Pixels at a font size of 13 in JupyterLab's own fonts, rather more than less. */
export function textWidth(text: string, size = 13): number {
  let width = 0;
  for (const letter of text) {
    width += letterWidth(letter);
  }
  return (width * size) / 13;
}

/** The same of code at 12 pixels. */
export function monoWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    width += monoLetter(letter);
  }
  return width;
}

/** The beginning of a text that has room in so many pixels, with an ellipsis where it was longer. */
export function fitted(text: string, room: number, size = 13): string {
  return cut(text, (room * 13) / size, letterWidth);
}

export function fittedMono(text: string, room: number): string {
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

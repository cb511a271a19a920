/** Reading and rewriting `%%function` and `%%composition` cells. Pure: texts in, texts out. */

export interface IFunctionCell {
  /** As on the target: `name`, or `package/name`. */
  name: string;
  memoryMb: number | null;
  composition: boolean;
}

/** What brings the magics into a kernel. */
export const LOAD = '%load_ext jupyter_faas';

/** The cell that the empty panel offers. */
export const EXAMPLE = `%%function predict
def predict(x: list[float]):
    y = model.predict([x])[0]
    return {"y": y}`;

/** IPython drops empty lines before a cell magic, so the first line with text counts. */
const MAGIC = /^(?:[^\S\n]*\n)*%%(function|composition)[^\S\n]+([^\s-]\S*)([^\n]*)/;

/** The last `--package` counts, as in the kernel; the value may be quoted. */
const PACKAGE = /^.*(?:^|\s)--package(?:\s+|=)(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"']\S*))/;

/** The function or composition that a cell defines, or null for any other cell. */
export function parseFunctionCell(text: string): IFunctionCell | null {
  const [, magic, name, options = ''] = MAGIC.exec(text) ?? [];
  if (name === undefined) {
    return null;
  }
  const memory = /(?:^|\s)--memory(?:\s+|=)(\d+)\b/.exec(options)?.[1];
  const [, ...quoted] = PACKAGE.exec(options) ?? [];
  const inside = quoted.find(Boolean);
  return {
    name: inside === undefined ? name : `${inside}/${name}`,
    memoryMb: memory === undefined ? null : Number(memory),
    composition: magic === 'composition'
  };
}

/** Whether a cell's code may bring our package into the kernel, or shows that it is wanted there. */
export function mentionsUs(text: string): boolean {
  return /jupyter_faas|%%function\b|%%composition\b|%faas\b/.test(text);
}

/** The cell with that option (`--memory 512`, `--vendor`) in the place of an earlier one. */
export function withOption(text: string, option: string): string {
  const [flag, ...value] = option.split(' ');
  const earlier = new RegExp(`\\s+${flag}${value.length > 0 ? '(?:\\s+|=)\\S+' : '(?!\\S)'}`);
  return text.replace(MAGIC, line => `${line.replace(earlier, '').trimEnd()} ${option}`);
}

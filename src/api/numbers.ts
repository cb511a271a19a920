/**
 * Numbers that JavaScript cannot hold keep their digits: ids of 64 bits must not change on their way
 * from an action to the screen and back.
 *
 * They stay raw JSON, the browsers' own (Chrome 114, Firefox 135, Safari 18.4): whatever writes JSON
 * writes them as they were read. An older browser rounds them, as it does with all JSON.
 */

/** What `JSON.rawJSON` makes. */
export interface IRawNumber {
  readonly rawJSON: string;
}

/** The part of JSON that TypeScript does not know yet. */
interface IJsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown
  ): unknown;
  rawJSON?: (text: string) => IRawNumber;
  isRawJSON?: (value: unknown) => boolean;
}

const json = JSON as unknown as IJsonWithSource;

/** Nothing else can be a number that is not held; strings that look alike cost a slower reading. */
const SUSPECT = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/** JSON.parse, but numbers that would change are raw. Throws a SyntaxError as that does. */
export function readNumbers(text: string): unknown {
  const { rawJSON } = json;
  if (rawJSON === undefined || !SUSPECT.test(text)) {
    return JSON.parse(text);
  }
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !holds(value, source)
      ? rawJSON(source)
      : value
  );
}

export function isRaw(value: unknown): value is IRawNumber {
  return json.isRawJSON?.(value) ?? false;
}

/** Whether a number is what was written: a whole number to the letter, others to the digit. */
function holds(value: number, source: string): boolean {
  const written = String(value);
  return written === source || (/[.eE]/.test(source) && digits(written) === digits(source));
}

/** `12` of `-0.0120e+5`. */
function digits(text: string): string {
  return text
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}

/**
 * What came over a kernel's messages, which JupyterLab reads itself: values with numbers that it
 * would have rounded stand as text in `exact` (`jupyter_faas/workspace/exact.py`).
 */
export function withExact<T extends object>(data: T): T {
  const { exact, ...others } = data as T & { exact?: { [key: string]: string } };
  if (exact === undefined) {
    return data;
  }
  const read = Object.entries(exact).map(([key, text]) => [key, readNumbers(text)]);
  return { ...others, ...Object.fromEntries(read) } as T;
}

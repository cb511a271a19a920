/**
 * Preserves the digits of JSON numbers that JavaScript cannot represent, because 64-bit ids must
 * not change between an action and the screen.
 *
 * These numbers stay `JSON.rawJSON` objects (Chrome 114, Firefox 135, Safari 18.4), which
 * `JSON.stringify` writes exactly as they were read. Older browsers round these numbers, as they do
 * in all JSON.
 */

/** The result of `JSON.rawJSON`. */
export interface IRawNumber {
  readonly rawJSON: string;
}

/** The methods of `JSON` that TypeScript does not declare yet. */
interface IJsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown
  ): unknown;
  rawJSON?: (text: string) => IRawNumber;
  isRawJSON?: (value: unknown) => boolean;
}

const json = JSON as unknown as IJsonWithSource;

/** Matches every number that may lose digits. Matching other text only makes parsing slower. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/**
 * Parse JSON, and keep numbers that would lose digits as raw JSON. Throws a SyntaxError, as
 * JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  const { rawJSON } = json;
  if (rawJSON === undefined || !MAY_LOSE_DIGITS.test(text)) {
    return JSON.parse(text);
  }
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isExact(value, source)
      ? rawJSON(source)
      : value
  );
}

export function isRawNumber(value: unknown): value is IRawNumber {
  return json.isRawJSON?.(value) ?? false;
}

/** Return whether a number represents its source text exactly. */
function isExact(value: number, source: string): boolean {
  const written = String(value);
  return (
    written === source ||
    (/[.eE]/.test(source) && significantDigits(written) === significantDigits(source))
  );
}

/** Return the significant digits of a number: `12` for `-0.0120e+5`. */
function significantDigits(text: string): string {
  return text
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}

/**
 * Restore exact numbers in a kernel's message. JupyterLab parses kernel messages itself, so the
 * kernel repeats values that contain such numbers as JSON text in `exact`
 * (`jupyter_faas/workspace/exact_json.py`). So it does with values whose keys a saved notebook sorts.
 */
export function restoreExactNumbers<T extends object>(data: T): T {
  const { exact, ...others } = data as T & { exact?: { [key: string]: string } };
  if (exact === undefined) {
    return data;
  }
  const read = Object.entries(exact).map(([key, text]) => [key, parseExactJson(text)]);
  return { ...others, ...Object.fromEntries(read) } as T;
}

/** What a refused request says, and any thrown thing as words. */

/** The `error` of every refused request and of a failed comm operation. */
export interface IErrorBody {
  code: string;
  message: string;
  hint: string;
}

/** A refusal with the server's own words. `status` is 0 when there was no answer at all. */
export class FaasError extends Error {
  constructor(
    readonly status: number,
    { code, message, hint }: IErrorBody
  ) {
    super(message);
    this.name = 'FaasError';
    this.code = code;
    this.hint = hint;
  }

  readonly code: string;
  readonly hint: string;
}

/** Any thrown thing as words for a person. */
export function errorWords(error: unknown): { message: string; hint: string } {
  if (error instanceof FaasError) {
    return { message: error.message, hint: error.hint };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

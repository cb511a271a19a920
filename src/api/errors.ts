/**
 * Errors of requests. They are separate from `types.ts` because that module has no code and the
 * lowest modules need these classes.
 */

/** The `error` of every failed request and failed comm operation. */
export interface IErrorBody {
  code: string;
  message: string;
  hint: string;
}

/** A failed request with the server's message. `status` is 0 if the server did not respond. */
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

/** Return the message and hint of any thrown value. */
export function describeError(error: unknown): { message: string; hint: string } {
  if (error instanceof FaasError) {
    return { message: error.message, hint: error.hint };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

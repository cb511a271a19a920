/**
 * Errors of requests. Apart from `types.ts` because it holds code, and the lowest modules need it.
 */

/** The `error` of every failed request and failed comm operation. */
export interface IErrorBody {
  code: string;
  message: string;
  hint: string;
}

/** A failed request, with the server's message. `status` is 0 if there was no response. */
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

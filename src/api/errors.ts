/**
 * Errors of requests. They are separate from `types.ts` because that module has no code and the
 * lowest modules need these classes.
 */

/** The `error` of every failed request and failed comm operation. */
export interface IErrorBody {
  code: string;
  message: string;
  hint: string;
  /** The key of the field that the error is about, if it is about a field of a form. */
  field?: string;
  /** The message with its versions and times as values, if it has some. */
  parts?: readonly MessagePart[];
}

/** A text, a version such as `0.0.2`, or a time in ms since 1970. */
export type MessagePart = string | { version: string } | { time: number };

/** A failed request with the server's message. `status` is 0 if the server did not respond. */
export class FaasError extends Error {
  constructor(
    readonly status: number,
    { code, message, hint, field, parts }: IErrorBody
  ) {
    super(message);
    this.name = 'FaasError';
    this.code = code;
    this.hint = hint;
    this.field = field;
    this.parts = parts ?? [message];
  }

  readonly code: string;
  readonly hint: string;
  readonly field: string | undefined;
  readonly parts: readonly MessagePart[];
}

/** Return the message and hint of any thrown value. */
export function describeError(error: unknown): { message: string; hint: string } {
  if (error instanceof FaasError) {
    return { message: error.message, hint: error.hint };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

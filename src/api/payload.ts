/**
 * The payload of jupyter_faas displays in cell outputs. It is separate from `types.ts` because that
 * module has no code.
 */

import type { ICard } from './card';
import { restoreExactNumbers } from './numbers';
import type { ISession } from './session';
import type { IActivation } from './types';
import type { Json } from './values';

/** The MIME type of jupyter_faas displays. */
export const MIME_TYPE = 'application/vnd.jupyter-faas+json';

/** The newest payload format that this front end can draw. */
export const FORMAT = 1;

export type Payload = ICard | IActivation | ISession;

/**
 * Return the payload of a display. If this version cannot draw it, return a description of its
 * `type` and `format` instead.
 */
export function readPayload(data: unknown): Payload | { unknown: string } {
  const given = typeof data === 'object' && data !== null ? data : {};
  const { type, format } = given as { type?: Json; format?: Json };
  const known = type === 'function' || type === 'activation' || type === 'session';
  if (known && format === FORMAT) {
    try {
      return restoreExactNumbers(given as Payload);
    } catch {
      // The numbers of a payload that was changed by hand may not be readable.
    }
  }
  return { unknown: `${JSON.stringify(type ?? null)}, format ${JSON.stringify(format ?? null)}` };
}

/** What a display of ours in a cell's output holds. */

import type { ICard } from './card';
import { withExact } from './numbers';
import type { IActivation } from './types';
import type { Json } from './values';

/** The display's own MIME type. */
export const MIME_TYPE = 'application/vnd.jupyter-faas+json';

/** The newest layout of a payload that this front end draws. */
export const FORMAT = 1;

export type Payload = ICard | IActivation;

/** The payload of a display, or what its `type` and `format` are when we cannot draw it. */
export function readPayload(data: unknown): Payload | { unknown: string } {
  const given = typeof data === 'object' && data !== null ? data : {};
  const { type, format } = given as { type?: Json; format?: Json };
  if ((type === 'function' || type === 'activation') && format === FORMAT) {
    try {
      return withExact(given as Payload);
    } catch {
      return { unknown: 'changed by hand' };
    }
  }
  return { unknown: `${JSON.stringify(type ?? null)}, format ${JSON.stringify(format ?? null)}` };
}

/**
 * Maps targets and failed requests to conditions. The functions are separate from the manager
 * because they are pure.
 */

import { describeError, FaasError } from '../api/errors';
import { NO_SERVER_HALF, SERVER_DOWN } from '../api/request';
import type { ITarget } from '../api/types';
import type { Condition } from '../tokens';

/** The condition for each error code of a request. */
const CONDITIONS: { [code: string]: 'server-down' | 'unreachable' | 'unauthorized' } = {
  [SERVER_DOWN]: 'server-down',
  target_not_reachable: 'unreachable',
  target_not_configured: 'unreachable',
  not_authorized: 'unauthorized'
};

/** Return the condition that a target reports. */
export function targetCondition(target: ITarget): Condition {
  const { state, message, hint } = target;
  switch (state) {
    case 'stopped':
      return { kind: 'stopped' };
    case 'unreachable':
    case 'unauthorized':
      return { kind: state, message, hint };
    default:
      return { kind: 'ready' };
  }
}

/** Return the condition for a failed request. */
export function errorCondition(error: unknown): Condition {
  const words = describeError(error);
  const code = error instanceof FaasError ? error.code : '';
  if (code === NO_SERVER_HALF) {
    return { kind: 'no-server-half' };
  }
  return { kind: CONDITIONS[code] ?? 'failed', ...words };
}

/**
 * Say when a section that has nothing to show yet gets its content, as the end of a sentence. Null
 * if nothing prevents it.
 */
export function whenAvailable({ kind }: Condition): string | null {
  switch (kind) {
    case 'stopped':
      return 'when the playground is running';
    case 'unreachable':
      return 'when the target responds';
    case 'unauthorized':
      return 'when the target accepts the key';
    case 'failed':
      return 'when the target can be queried';
    case 'server-down':
      return 'when the Jupyter server responds';
    default:
      return null;
  }
}

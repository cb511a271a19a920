import type { ISignal } from '@lumino/signaling';

interface IUntilOptions<T> {
  /** Looked at once now, and again whenever this is emitted. */
  changed: ISignal<unknown, unknown>;
  /** What is waited for, or undefined while it is not there. */
  look: () => T | undefined;
  /** Ends the waiting with its reason. */
  abort: AbortSignal;
  /** After so many milliseconds the waiting ends with this error. */
  limit?: { ms: number; error: Error };
}

/** Waits for a state that a signal announces. */
export function until<T>({ changed, look, abort, limit }: IUntilOptions<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      changed.disconnect(check);
      abort.removeEventListener('abort', stop);
      clearTimeout(timer);
      settle();
    };
    const check = () => {
      const found = look();
      if (found !== undefined) {
        finish(() => {
          resolve(found);
        });
      }
    };
    const stop = () => {
      finish(() => {
        reject(abort.reason as Error);
      });
    };
    const timer =
      limit &&
      setTimeout(() => {
        finish(() => {
          reject(limit.error);
        });
      }, limit.ms);
    abort.addEventListener('abort', stop);
    changed.connect(check);
    if (abort.aborted) {
      stop();
    } else {
      check();
    }
  });
}

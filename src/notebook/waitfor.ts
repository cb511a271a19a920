import type { ISignal } from '@lumino/signaling';

interface IWaitOptions<T> {
  /** The signal after which `look` is called again. `look` is also called immediately. */
  changed: ISignal<unknown, unknown>;
  /** Return the awaited value, or undefined while there is none. */
  look: () => T | undefined;
  /** Rejects the promise with the signal's reason. */
  abort: AbortSignal;
  /** Rejects the promise with this error after a timeout in ms. */
  limit?: { ms: number; error: Error };
}

/** Wait until `look` returns a value. `look` is called again each time the signal is emitted. */
export function waitForSignal<T>({ changed, look, abort, limit }: IWaitOptions<T>): Promise<T> {
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

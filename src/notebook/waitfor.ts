import type { ISignal } from '@lumino/signaling';

interface IWaitOptions<T> {
  /** `look` is called now and whenever this is emitted. */
  changed: ISignal<unknown, unknown>;
  /** Return the awaited value, or undefined. */
  look: () => T | undefined;
  /** Rejects with the signal's reason. */
  abort: AbortSignal;
  /** Rejects with this error after a timeout in ms. */
  limit?: { ms: number; error: Error };
}

/** Wait until `look` returns a value, checking after every emission of a signal. */
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

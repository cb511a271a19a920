import { FaasError } from '../api/errors';
import type { IActivation } from '../api/types';
import type { IFaasRequests } from '../tokens';
import { clock } from '../format/format';

/** The prefix of keys in the browser's session storage, which ends with the tab. */
const KEY = 'jupyter_faas:call:';

const POLL_MS = 2000;

/** How long a target may take to store the record of a run that has ended. */
const RECORD_MS = 60_000;

/** The largest difference between the clocks of the browser and the target. */
const CLOCK_SLACK_MS = 5000;

/** A call without a reply: its target and its start, in ms since 1970. */
interface IPendingCall {
  target: string;
  at: number;
}

/**
 * The calls that wait for a reply. They are noted in the session storage, so that a page that was
 * reloaded during a call finds the run again, or declares it lost.
 */
export class PendingCalls {
  constructor(private readonly _api: Pick<IFaasRequests, 'activation' | 'searchActivations'>) {}

  /** Make a call, and note it until there is a reply. */
  async track(
    name: string,
    target: string,
    call: () => Promise<IActivation>
  ): Promise<IActivation> {
    const pending = { target, at: Date.now() };
    write(name, pending);
    const running = call();
    this._running.set(name, running);
    try {
      const activation = await running;
      this._forget(name, running);
      return activation;
    } catch (error) {
      // Without a reply, the run may still go on. This also happens while a page is left.
      if (error instanceof FaasError && error.status !== 0) {
        this._forget(name, running);
      } else if (this._running.get(name) === running) {
        this._running.delete(name);
      }
      throw error;
    }
  }

  /**
   * Return the run of a call that has no reply yet, or null if there is none. `limitMs` is the
   * longest duration of a run. Rejects if the target has no record of the run by then.
   */
  resume(name: string, target: string, limitMs: number): Promise<IActivation> | null {
    const running = this._running.get(name);
    if (running) {
      return running;
    }
    const pending = read(name);
    if (pending === null || pending.target !== target) {
      return null;
    }
    const found = this._find(name, pending, limitMs).finally(() => this._forget(name, found));
    this._running.set(name, found);
    return found;
  }

  private async _find(name: string, call: IPendingCall, limitMs: number): Promise<IActivation> {
    const deadline = call.at + limitMs + RECORD_MS;
    for (;;) {
      const { activations } = await this._api.searchActivations({ name });
      const later = activations.filter(one => one.start >= call.at - CLOCK_SLACK_MS);
      // The earliest run since then is that of the call, unless another client called it as well.
      const first = later[later.length - 1];
      if (first !== undefined && first.end !== null) {
        return this._api.activation(first.id);
      }
      if (Date.now() > deadline) {
        throw new FaasError(0, {
          code: 'activation_lost',
          message: `The call at ${clock(call.at)} was lost: the target has no record of it.`,
          hint: `If it is safe to run ${name} twice, run it again.`
        });
      }
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }

  private _forget(name: string, run: Promise<IActivation>): void {
    // A newer call of the same function may have started.
    if (this._running.get(name) === run) {
      this._running.delete(name);
      write(name, null);
    }
  }

  private readonly _running = new Map<string, Promise<IActivation>>();
}

function read(name: string): IPendingCall | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY + name) ?? 'null') as IPendingCall | null;
  } catch {
    return null;
  }
}

function write(name: string, call: IPendingCall | null): void {
  try {
    if (call === null) {
      sessionStorage.removeItem(KEY + name);
    } else {
      sessionStorage.setItem(KEY + name, JSON.stringify(call));
    }
  } catch {
    // Browsers may refuse storage. A reload then forgets the call.
  }
}

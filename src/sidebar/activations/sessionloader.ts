import { errorWords } from '../../api/errors';
import type { ISession } from '../../api/session';
import type { IFaasRequests } from '../../tokens';

/** What is known of one session. */
export type SessionState =
  | { state: 'loading' }
  | { state: 'known'; session: ISession }
  | { state: 'failed'; message: string; hint: string };

/**
 * The sessions that the list asked for, one request at a time: there may be fifty of them on a
 * slow host. One that ended never changes; a running one is asked for again when runs came.
 */
export class Sessions {
  constructor(
    private readonly _api: Pick<IFaasRequests, 'session'>,
    private readonly _changed: () => void
  ) {}

  get(id: string): SessionState | null {
    return this._states.get(id) ?? null;
  }

  /** The whole session, once it came. */
  known(id: string): ISession | null {
    const held = this._states.get(id);
    return held?.state === 'known' ? held.session : null;
  }

  all(): ISession[] {
    return [...this._states.keys()].flatMap(id => this.known(id) ?? []);
  }

  /** Asks for it unless it was asked for; `again` where that failed. */
  want(id: string, again = false): void {
    const held = this._states.get(id);
    if (held === undefined || (again && held.state === 'failed')) {
      this._states.set(id, { state: 'loading' });
      this._push(id);
    }
  }

  /** Runs came: those that had not ended may have new steps. */
  renew(): void {
    for (const session of this.all()) {
      if (session.running) {
        this._push(session.id);
      }
    }
  }

  /** Another target has other sessions. */
  clear(): void {
    this._states.clear();
    this._queue.length = 0;
    this._generation += 1;
  }

  private _push(id: string): void {
    if (!this._queue.includes(id)) {
      this._queue.push(id);
    }
    if (!this._busy) {
      void this._work();
    }
  }

  private async _work(): Promise<void> {
    this._busy = true;
    for (let id = this._queue.shift(); id !== undefined; id = this._queue.shift()) {
      const generation = this._generation;
      let state: SessionState;
      try {
        state = { state: 'known', session: await this._api.session(id) };
      } catch (error) {
        // What was known of a running one is better than nothing.
        state = this._states.get(id) ?? { state: 'loading' };
        state = state.state === 'known' ? state : { state: 'failed', ...errorWords(error) };
      }
      if (generation === this._generation) {
        this._states.set(id, state);
        this._changed();
      }
    }
    this._busy = false;
  }

  private readonly _states = new Map<string, SessionState>();
  private readonly _queue: string[] = [];
  private _generation = 0;
  private _busy = false;
}

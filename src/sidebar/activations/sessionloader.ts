import { describeError } from '../../api/errors';
import type { ISession } from '../../api/session';
import type { IFaasRequests } from '../../tokens';

/** The loading state of a session. */
export type SessionState =
  | { state: 'loading' }
  | { state: 'known'; session: ISession }
  | { state: 'failed'; message: string; hint: string };

/**
 * Loads the sessions of the list. Requests are sent one at a time, because there may be fifty
 * sessions on a slow host. A session that has ended does not change. A running session is reloaded
 * when there are new activations.
 */
export class SessionLoader {
  constructor(
    private readonly _api: Pick<IFaasRequests, 'session'>,
    private readonly _changed: () => void
  ) {}

  get(id: string): SessionState | null {
    return this._states.get(id) ?? null;
  }

  /** Return a session that has been loaded, or null. */
  loaded(id: string): ISession | null {
    const held = this._states.get(id);
    return held?.state === 'known' ? held.session : null;
  }

  all(): ISession[] {
    return [...this._states.keys()].flatMap(id => this.loaded(id) ?? []);
  }

  /**
   * Load a session unless it was already requested. If `again` is true, a failed request is
   * repeated.
   */
  request(id: string, again = false): void {
    const held = this._states.get(id);
    if (held === undefined || (again && held.state === 'failed')) {
      this._states.set(id, { state: 'loading' });
      this._push(id);
    }
  }

  /** Reload the running sessions, which may have new steps. */
  refreshRunning(): void {
    for (const session of this.all()) {
      if (session.running) {
        this._push(session.id);
      }
    }
  }

  /** Discard all sessions because the target changed. */
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
        // If reloading a known session fails, keep its last state.
        state = this._states.get(id) ?? { state: 'loading' };
        state = state.state === 'known' ? state : { state: 'failed', ...describeError(error) };
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

import { Poll } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { describeError } from '../../api/errors';
import type { IKeptInputAnswer, ISession } from '../../api/session';
import { NOT_LOADED, type IAsyncValue } from '../../state/asyncvalue';
import type { IFaasManager, IFaasRequests } from '../../tokens';
import { stepTree, type IStepNode } from './steptree';
import type { ScaleKind } from './trace/timescale';

const TABS = ['result', 'logs', 'trace', 'flow', 'cost', 'annotations', 'raw'] as const;

export type TabName = (typeof TABS)[number];

/**
 * The poll interval of a running session, which grows from the minimum to the maximum while nothing
 * happens.
 */
const MIN_INTERVAL_MS = 1000;
const MAX_INTERVAL_MS = 5000;
const GROWTH = 1.4;

/**
 * The data of one session. It is fetched once, and polled while the session is running and the
 * document is visible.
 */
export class SessionModel implements IDisposable {
  constructor(private readonly _options: SessionModel.IOptions) {
    this._poll = new Poll({
      auto: false,
      name: `jupyter_faas:session:${_options.id}`,
      factory: () => this._pollOnce(),
      frequency: { interval: MIN_INTERVAL_MS, backoff: true, max: MAX_INTERVAL_MS },
      standby: () => (this._shouldPoll ? 'when-hidden' : true)
    });
    const { api, status } = _options.manager;
    // The default is named too, because it may change while the document is open.
    this._api = api.at(_options.target ?? api.target ?? status?.default ?? null);
    this._tab = TABS.find(tab => tab === _options.tab) ?? null;
    _options.manager.changed.connect(this._onChanged, this);
    this._wasReady = this._isReady;
    void this.refresh();
    void this._fetchInput();
  }

  get id(): string {
    return this._options.id;
  }

  /**
   * The name of the target on which the run is; null for the default, if that was not known yet. It
   * remains the same when a notebook with another target becomes current.
   */
  get target(): string | null {
    return this._api.target;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The last session received, which is kept if a later request fails. */
  get session(): ISession | null {
    return this._session;
  }

  get tree(): IStepNode | null {
    return this._tree;
  }

  get loading(): Omit<IAsyncValue<ISession>, 'value'> {
    return this._loading;
  }

  /** The input of the run; null if the input is not stored or not loaded yet. */
  get input(): IKeptInputAnswer['input'] {
    return this._input;
  }

  /** The name of the function that caused this run. */
  get caller(): string | null {
    return this._caller;
  }

  /** The tab chosen by the user or a command; null to use the default tab for this kind of run. */
  get chosenTab(): TabName | null {
    return this._tab;
  }

  get tab(): TabName {
    const session = this._session;
    const failed = session !== null && !session.running && !session.activation.ok;
    return this._tab ?? (session?.kind === 'function' || failed ? 'result' : 'trace');
  }
  set tab(tab: TabName) {
    this._tab = tab;
    this._changed.emit();
  }

  /** The id of the step that is selected in the Trace, Flow and Cost tabs. */
  get selected(): string | null {
    return this._selected;
  }
  set selected(id: string | null) {
    this._selected = id;
    this._node = null;
    this._changed.emit();
  }

  /** The path of the selected node of the graph, which may have no step. */
  get node(): string | null {
    return this._node;
  }

  /** Select a node of the graph and its first step. */
  chooseNode(path: string, step: string | null): void {
    this._node = path;
    this._selected = step;
    this._changed.emit();
  }

  get scale(): ScaleKind {
    return this._scale;
  }
  set scale(scale: ScaleKind) {
    this._scale = scale;
    this._changed.emit();
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** Whether the document is visible. A running session is polled only while it is. */
  set visible(visible: boolean) {
    this._visible = visible;
    this._updatePolling();
  }

  async refresh(): Promise<void> {
    this._loading = NOT_LOADED;
    this._changed.emit();
    try {
      await this._fetchSession();
    } catch {
      // The error is kept in `loading`.
    }
    this._updatePolling();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._poll.dispose();
      this._options.manager.changed.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  private get _shouldPoll(): boolean {
    return this._visible && this._session?.running === true;
  }

  private _updatePolling(): void {
    if (this.isDisposed) {
      return;
    }
    if (this._shouldPoll) {
      void this._poll.start();
    } else {
      void this._poll.stop();
    }
  }

  /** Repeat a failed request when the target becomes ready. */
  private _onChanged(): void {
    const answered = this._wasReady;
    this._wasReady = this._isReady;
    if (this._wasReady && !answered && this._loading.state === 'failed') {
      void this.refresh();
      void this._fetchInput();
    }
  }

  private get _isReady(): boolean {
    return this._options.manager.condition.kind === 'ready';
  }

  private async _pollOnce(): Promise<void> {
    const before = progressKey(this._session);
    await this._fetchSession();
    const { interval } = this._poll.frequency;
    const next =
      progressKey(this._session) === before
        ? Math.min(MAX_INTERVAL_MS, Math.round(interval * GROWTH))
        : MIN_INTERVAL_MS;
    if (next !== interval) {
      this._poll.frequency = { interval: next, backoff: true, max: MAX_INTERVAL_MS };
    }
    this._updatePolling();
  }

  private async _fetchSession(): Promise<void> {
    const { id } = this._options;
    try {
      const session = await this._api.session(id);
      if (this.isDisposed) {
        return;
      }
      this._session = session;
      this._tree = stepTree(session);
      this._loading = { ...NOT_LOADED, state: 'ready' };
      void this._fetchCaller();
    } catch (error) {
      this._loading = { state: 'failed', ...describeError(error) };
      throw error;
    } finally {
      this._changed.emit();
    }
  }

  private async _fetchInput(): Promise<void> {
    try {
      const { input } = await this._api.keptInput(this.id);
      this._input = input;
      this._changed.emit();
    } catch {
      // The document works without the input, and other requests show the errors of the target.
    }
  }

  private async _fetchCaller(): Promise<void> {
    const { manager } = this._options;
    const cause = this._session?.activation.cause ?? null;
    if (cause === null || this._caller !== null) {
      return;
    }
    const listed = manager.activations?.find(one => one.id === cause)?.name;
    try {
      this._caller = listed ?? (await this._api.activation(cause)).name;
      this._changed.emit();
    } catch {
      // If the record no longer exists, the id is shown instead of the name.
    }
  }

  private readonly _poll: Poll;
  private readonly _api: IFaasRequests;
  private _session: ISession | null = null;
  private _tree: IStepNode | null = null;
  private _loading: Omit<IAsyncValue<ISession>, 'value'> = NOT_LOADED;
  private _input: IKeptInputAnswer['input'] = null;
  private _caller: string | null = null;
  private _tab: TabName | null = null;
  private _selected: string | null = null;
  private _node: string | null = null;
  private _scale: ScaleKind = 'linear';
  private _visible = false;
  private _wasReady: boolean;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace SessionModel {
  export interface IOptions {
    id: string;
    manager: IFaasManager;
    /** The target on which the run is, by default that of the current notebook. */
    target?: string;
    /** The initial tab. An unknown name is ignored. */
    tab?: string;
  }
}

/** Return a key that changes whenever the session progresses. */
function progressKey(session: ISession | null): string {
  const steps = session?.steps ?? [];
  const ended = steps.filter(step => step.end !== null).length;
  return `${session?.running} ${steps.length} ${ended} ${session?.logs.length}`;
}

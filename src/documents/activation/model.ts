import { Poll } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { errorWords } from '../../api/errors';
import type { IKeptInputAnswer, ISession } from '../../api/session';
import { NOTHING, type ILoaded } from '../../state/asyncvalue';
import type { IFaasManager } from '../../tokens';
import { stepTree, type IStepNode } from './steptree';
import type { ScaleKind } from './trace/timescale';

const TABS = ['result', 'logs', 'trace', 'flow', 'cost', 'annotations', 'raw'] as const;

export type TabName = (typeof TABS)[number];

/** While it runs: how often it is asked for, and the longest pause once nothing happens. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 5000;
const GROWTH = 1.4;

/** One session: asked for once, and while it runs again and again as long as somebody looks. */
export class SessionModel implements IDisposable {
  constructor(private readonly _options: SessionModel.IOptions) {
    this._poll = new Poll({
      auto: false,
      name: `jupyter_faas:session:${_options.id}`,
      factory: () => this._tick(),
      frequency: { interval: SHORTEST_MS, backoff: true, max: LONGEST_MS },
      standby: () => (this._follows ? 'when-hidden' : true)
    });
    this._tab = TABS.find(tab => tab === _options.tab) ?? null;
    _options.manager.changed.connect(this._onChanged, this);
    this._answered = this._answers;
    void this.refresh();
    void this._askForInput();
  }

  get id(): string {
    return this._options.id;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until the first answer; what was known stays when a later one fails. */
  get session(): ISession | null {
    return this._session;
  }

  get tree(): IStepNode | null {
    return this._tree;
  }

  get loading(): Omit<ILoaded<ISession>, 'value'> {
    return this._loading;
  }

  /** What it was given; null where that is not kept, or not known yet. */
  get input(): IKeptInputAnswer['input'] {
    return this._input;
  }

  /** The name of what called it. */
  get caller(): string | null {
    return this._caller;
  }

  /** The tab that was asked for; null: the one that suits the run. */
  get chosenTab(): TabName | null {
    return this._tab;
  }

  get tab(): TabName {
    return this._tab ?? (this._session?.kind === 'function' ? 'result' : 'trace');
  }
  set tab(tab: TabName) {
    this._tab = tab;
    this._changed.emit();
  }

  /** The step that Trace, Flow and Cost have chosen. */
  get selected(): string | null {
    return this._selected;
  }
  set selected(id: string | null) {
    this._selected = id;
    this._node = null;
    this._changed.emit();
  }

  /** The node of the graph that was chosen, whether or not a step was for it. */
  get node(): string | null {
    return this._node;
  }

  /** Chooses a node of the graph, and with it the first step that was for it. */
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

  /** Whether the document is on the screen; a session that runs is followed only then. */
  set visible(visible: boolean) {
    this._visible = visible;
    this._follow();
  }

  async refresh(): Promise<void> {
    this._loading = NOTHING;
    this._changed.emit();
    try {
      await this._ask();
    } catch {
      // What was refused stands in `loading`.
    }
    this._follow();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._poll.dispose();
      this._options.manager.changed.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  private get _follows(): boolean {
    return this._visible && this._session?.running === true;
  }

  private _follow(): void {
    if (this.isDisposed) {
      return;
    }
    if (this._follows) {
      void this._poll.start();
    } else {
      void this._poll.stop();
    }
  }

  /** What was refused while the target did not answer is asked for when it does. */
  private _onChanged(): void {
    const answered = this._answered;
    this._answered = this._answers;
    if (this._answered && !answered && this._loading.state === 'failed') {
      void this.refresh();
      void this._askForInput();
    }
  }

  private get _answers(): boolean {
    return this._options.manager.condition.kind === 'ready';
  }

  private async _tick(): Promise<void> {
    const before = progress(this._session);
    await this._ask();
    const { interval } = this._poll.frequency;
    const next =
      progress(this._session) === before
        ? Math.min(LONGEST_MS, Math.round(interval * GROWTH))
        : SHORTEST_MS;
    if (next !== interval) {
      this._poll.frequency = { interval: next, backoff: true, max: LONGEST_MS };
    }
    this._follow();
  }

  private async _ask(): Promise<void> {
    const { id, manager } = this._options;
    try {
      const session = await manager.api.session(id);
      if (this.isDisposed) {
        return;
      }
      this._session = session;
      this._tree = stepTree(session);
      this._loading = { ...NOTHING, state: 'ready' };
      void this._askForCaller();
    } catch (error) {
      this._loading = { state: 'failed', ...errorWords(error) };
      throw error;
    } finally {
      this._changed.emit();
    }
  }

  private async _askForInput(): Promise<void> {
    try {
      const { input } = await this._options.manager.api.keptInput(this.id);
      this._input = input;
      this._changed.emit();
    } catch {
      // Without an input the document shows none; why the target does not answer it says anyway.
    }
  }

  private async _askForCaller(): Promise<void> {
    const { manager } = this._options;
    const cause = this._session?.activation.cause ?? null;
    if (cause === null || this._caller !== null) {
      return;
    }
    const listed = manager.activations?.find(one => one.id === cause)?.name;
    try {
      this._caller = listed ?? (await manager.api.activation(cause)).name;
      this._changed.emit();
    } catch {
      // A record that is gone has no name; its id is shown instead.
    }
  }

  private readonly _poll: Poll;
  private _session: ISession | null = null;
  private _tree: IStepNode | null = null;
  private _loading: Omit<ILoaded<ISession>, 'value'> = NOTHING;
  private _input: IKeptInputAnswer['input'] = null;
  private _caller: string | null = null;
  private _tab: TabName | null = null;
  private _selected: string | null = null;
  private _node: string | null = null;
  private _scale: ScaleKind = 'linear';
  private _visible = false;
  private _answered: boolean;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace SessionModel {
  export interface IOptions {
    id: string;
    manager: IFaasManager;
    /** The tab to begin with; one of another name is none. */
    tab?: string;
  }
}

/** Changes when something happened in a session. */
function progress(session: ISession | null): string {
  const steps = session?.steps ?? [];
  const ended = steps.filter(step => step.end !== null).length;
  return `${session?.running} ${steps.length} ${ended} ${session?.logs.length}`;
}

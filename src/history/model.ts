import { Signal, type ISignal } from '@lumino/signaling';

import {
  errorWords,
  FaasError,
  type IDeploy,
  type IDiff,
  type IDiffEnds,
  type IHistory
} from '../api/types';
import type { IDisposable } from '@lumino/disposable';
import type { IFaasManager, IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** Refusals that mean: the server does not have what the kernel packaged. */
const NOT_CARRIED = new Set(['package_not_found', 'bundle_not_found']);

/** An end of a comparison that is no earlier deploy. */
export const DEPLOYED = 'deployed';
export const CELL = 'cell';

/** Asked for, there, or refused. */
export type Loaded<T> =
  | { state: 'loading'; value: T | null }
  | { state: 'ready'; value: T }
  | { state: 'failed'; value: T | null; message: string; hint: string };

export interface IEnds {
  /** {@link DEPLOYED}, or what {@link wordFor} says of a deploy. */
  from: string;
  /** {@link CELL}, {@link DEPLOYED}, or what {@link wordFor} says of a deploy. */
  to: string;
}

/** The deploys of one function, and what differs between two of its ends. Follows the target. */
export class HistoryModel implements IDisposable {
  constructor(private readonly _options: HistoryModel.IOptions) {
    const { manager, notebooks } = _options;
    manager.changed.connect(this._onChanged, this);
    notebooks.currentChanged.connect(this._onChanged, this);
    this._seen = this._state();
    void this.refresh();
  }

  get name(): string {
    return this._options.name;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get history(): Loaded<IHistory> {
    return this._history;
  }

  get diff(): Loaded<IDiff> | null {
    return this._diff;
  }

  get ends(): IEnds | null {
    return this._ends;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The package of the cell in the current notebook, once it ran. */
  get cellPackage(): string | null {
    const { notebook, name } = this;
    const live = notebook?.liveNamed(name);
    return (notebook && live && notebook.kernelFunction(live)?.package) ?? null;
  }

  /** The current notebook, when it has the function. */
  get notebook(): INotebookFunctions | null {
    const { current } = this._options.notebooks;
    return current?.liveNamed(this.name) ? current : null;
  }

  async refresh(): Promise<void> {
    this._history = { state: 'loading', value: this._history.value };
    this._changed.emit();
    try {
      const value = await this._options.manager.api.history(this.name);
      this._history = { state: 'ready', value };
    } catch (error) {
      this._history = { state: 'failed', value: this._history.value, ...errorWords(error) };
    }
    this._changed.emit();
    const ends = this._chosen ? this._ends : this._usualEnds();
    await this.compare(ends, this._chosen);
  }

  /** Shows what differs between two ends; null shows nothing. */
  async compare(ends: IEnds | null, chosen = true): Promise<void> {
    this._ends = ends;
    this._chosen = chosen;
    const asked = ++this._asked;
    if (ends === null || this.isDisposed) {
      this._diff = null;
      this._changed.emit();
      return;
    }
    this._diff = { state: 'loading', value: this._diff?.value ?? null };
    this._changed.emit();
    let found: Loaded<IDiff>;
    try {
      found = { state: 'ready', value: await this._ask(ends) };
    } catch (error) {
      found = { state: 'failed', value: null, ...errorWords(error) };
    }
    if (asked === this._asked) {
      this._diff = found;
      this._changed.emit();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._options.manager.changed.disconnect(this._onChanged, this);
      this._options.notebooks.currentChanged.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  private async _ask({ from, to }: IEnds): Promise<IDiff> {
    const { api } = this._options.manager;
    const ends: IDiffEnds = {};
    const current = this._history.value?.deploys.find(one => one.current);
    if (from !== DEPLOYED) {
      ends.from = from;
    }
    const { notebook, cellPackage } = this;
    if (to === CELL && cellPackage !== null) {
      ends.package = cellPackage;
    } else if (to === DEPLOYED && current) {
      ends.to = wordFor(current, this._history.value?.deploys ?? []);
    } else if (to !== CELL) {
      ends.to = to;
    }
    try {
      return await api.diff(this.name, ends);
    } catch (error) {
      const missing = error instanceof FaasError && NOT_CARRIED.has(error.code);
      if (!missing || ends.package === undefined || notebook === null) {
        throw error;
      }
      await this._options.notebooks.carry(notebook, ends.package);
      return api.diff(this.name, ends);
    }
  }

  /** What a deploy would change; else what the last deploy changed. */
  private _usualEnds(): IEnds | null {
    const history = this._history.value;
    if (history === null) {
      return null;
    }
    const current = history.deploys.find(one => one.current);
    const { notebook, name, cellPackage } = this;
    const live = notebook?.liveNamed(name);
    const packaged = notebook && live ? notebook.kernelFunction(live) : null;
    if (history.deployed && packaged && packaged.bundle !== history.deployed.bundle) {
      return { from: DEPLOYED, to: CELL };
    }
    const before = current && deployBefore(current, history.deploys);
    if (before) {
      return { from: wordFor(before, history.deploys), to: DEPLOYED };
    }
    return history.deployed && cellPackage !== null ? { from: DEPLOYED, to: CELL } : null;
  }

  private _onChanged(): void {
    const state = this._state();
    if (state !== this._seen) {
      this._seen = state;
      void this.refresh();
    }
    // Ages grow, and the cell may have been edited.
    this._changed.emit();
  }

  /** What a look at the history would give anew. */
  private _state(): string {
    const { manager } = this._options;
    const deployed = manager.functionNamed(this.name);
    const held = deployed && [deployed.version, deployed.bundle, deployed.updated];
    return JSON.stringify([manager.target?.name, manager.known, held, this.cellPackage]);
  }

  private _history: Loaded<IHistory> = { state: 'loading', value: null };
  private _diff: Loaded<IDiff> | null = null;
  private _ends: IEnds | null = null;
  private _chosen = false;
  private _asked = 0;
  private _seen: string;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace HistoryModel {
  export interface IOptions {
    name: string;
    manager: IFaasManager;
    notebooks: IFunctionNotebooks;
  }
}

/** The deploy of another package that came before one; `deploys` are the latest first. */
export function deployBefore(one: IDeploy, deploys: readonly IDeploy[]): IDeploy | undefined {
  return deploys.slice(deploys.indexOf(one) + 1).find(other => other.package !== one.package);
}

/** A deploy as the server understands it: its version, or its package where others had that too. */
export function wordFor(one: IDeploy, deploys: readonly IDeploy[]): string {
  const shared = deploys.some(
    other => other.version === one.version && other.package !== one.package
  );
  return shared ? one.bundle : one.version;
}

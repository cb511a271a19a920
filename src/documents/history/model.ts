import { FaasError } from '../../api/errors';
import type { IDeploy, IDiff, IDiffEnds, IHistory } from '../../api/history';
import { loaded, loading, NOTHING, type ILoaded } from '../../state/asyncvalue';
import type { IFunctionNotebooks, INotebookFunctions } from '../../tokens';
import { FunctionModel } from '../functionmodel';

/** Refusals that mean: the server does not have what the kernel packaged. */
const NOT_CARRIED = new Set(['package_not_found', 'bundle_not_found']);

/** An end of a comparison that is no earlier deploy. */
export const DEPLOYED = 'deployed';
export const CELL = 'cell';

export interface IEnds {
  /** {@link DEPLOYED}, or what {@link wordFor} says of a deploy. */
  from: string;
  /** {@link CELL}, {@link DEPLOYED}, or what {@link wordFor} says of a deploy. */
  to: string;
}

interface IOptions extends FunctionModel.IOptions {
  notebooks: IFunctionNotebooks;
}

/** The deploys of one function, and what differs between two of its ends. Follows the target. */
export class HistoryModel extends FunctionModel<IOptions> {
  constructor(options: IOptions) {
    super(options);
    this.look();
  }

  get history(): ILoaded<IHistory> {
    return this._history;
  }

  get diff(): ILoaded<IDiff> | null {
    return this._diff;
  }

  get ends(): IEnds | null {
    return this._ends;
  }

  /** The package of the cell in the current notebook, once it ran. */
  get cellPackage(): string | null {
    const { notebook, name } = this;
    const live = notebook?.liveNamed(name);
    return (notebook && live && notebook.kernelFunction(live)?.package) ?? null;
  }

  /** The current notebook, when it has the function. */
  get notebook(): INotebookFunctions | null {
    const { current } = this.options.notebooks;
    return current?.liveNamed(this.name) ? current : null;
  }

  async refresh(): Promise<void> {
    this._history = loading(this._history);
    this.emitChanged();
    this._history = await loaded(this._history, this.options.manager.api.history(this.name));
    this.emitChanged();
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
      this.emitChanged();
      return;
    }
    this._diff = loading(this._diff ?? NOTHING);
    this.emitChanged();
    // Of other ends is no answer.
    const found = await loaded<IDiff>(NOTHING, this._ask(ends));
    if (asked === this._asked) {
      this._diff = found;
      this.emitChanged();
    }
  }

  private async _ask({ from, to }: IEnds): Promise<IDiff> {
    const { api } = this.options.manager;
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
      await this.options.notebooks.carry(notebook, ends.package);
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

  protected override get beside(): string | null {
    return this.cellPackage;
  }

  private _history: ILoaded<IHistory> = NOTHING;
  private _diff: ILoaded<IDiff> | null = null;
  private _ends: IEnds | null = null;
  private _chosen = false;
  private _asked = 0;
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

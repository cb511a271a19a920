import { FaasError } from '../../../api/errors';
import type { IDeploy, IDiff, IDiffEnds, IHistory } from '../../../api/history';
import { settle, toLoading, NOT_LOADED, type IAsyncValue } from '../../../state/asyncvalue';
import { isFrom } from '../../../state/functionstate';
import type { IFunctionNotebooks, INotebookFunctions } from '../../../tokens';
import { FunctionModel } from '../../functionmodel';

/** Error codes of a server that does not have the kernel's package. */
const MISSING_ON_SERVER = new Set(['package_not_found', 'bundle_not_found']);

/** Sides of a comparison that are not deploys in the history. */
export const DEPLOYED = 'deployed';
export const CELL = 'cell';

export interface IComparison {
  /** {@link DEPLOYED}, or the {@link deployKey} of a deploy. */
  from: string;
  /** {@link CELL}, {@link DEPLOYED}, or the {@link deployKey} of a deploy. */
  to: string;
}

interface IOptions extends FunctionModel.IOptions {
  notebooks: IFunctionNotebooks;
}

/**
 * The deployment history of one function, and the diff between two versions. Refreshes when the
 * target changes.
 */
export class HistoryModel extends FunctionModel<IOptions> {
  constructor(options: IOptions) {
    super(options);
    this.refreshIfChanged();
  }

  get history(): IAsyncValue<IHistory> {
    return this._history;
  }

  get diff(): IAsyncValue<IDiff> | null {
    return this._diff;
  }

  get comparison(): IComparison | null {
    return this._comparison;
  }

  /**
   * The id of the package of the function's cell in the current notebook; null if the cell has not
   * run.
   */
  get cellPackage(): string | null {
    const { notebook, name } = this;
    const live = notebook?.cellNamed(name);
    return (notebook && live && notebook.kernelFunction(live)?.package) ?? null;
  }

  /** The current notebook if it contains the function's cell; otherwise null. */
  get notebook(): INotebookFunctions | null {
    const { current } = this.options.notebooks;
    return current?.cellNamed(this.name) ? current : null;
  }

  async refresh(): Promise<void> {
    this._history = toLoading(this._history);
    this.emitChanged();
    this._history = await settle(this._history, this.options.manager.api.history(this.name));
    this.emitChanged();
    const ends = this._chosenByUser ? this._comparison : this._defaultComparison();
    await this.compare(ends, this._chosenByUser);
  }

  /** Load the diff of a comparison. Null clears the diff. */
  async compare(ends: IComparison | null, chosen = true): Promise<void> {
    this._comparison = ends;
    this._chosenByUser = chosen;
    const asked = ++this._requestCount;
    if (ends === null || this.isDisposed) {
      this._diff = null;
      this.emitChanged();
      return;
    }
    this._diff = toLoading(this._diff ?? NOT_LOADED);
    this.emitChanged();
    // Start without the last value, which may belong to another comparison.
    const found = await settle<IDiff>(NOT_LOADED, this._fetchDiff(ends));
    if (asked === this._requestCount) {
      this._diff = found;
      this.emitChanged();
    }
  }

  private async _fetchDiff({ from, to }: IComparison): Promise<IDiff> {
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
      ends.to = deployKey(current, this._history.value?.deploys ?? []);
    } else if (to !== CELL) {
      ends.to = to;
    }
    try {
      return await api.diff(this.name, ends);
    } catch (error) {
      const missing = error instanceof FaasError && MISSING_ON_SERVER.has(error.code);
      if (!missing || ends.package === undefined || notebook === null) {
        throw error;
      }
      await this.options.notebooks.uploadPackage(notebook, ends.package);
      return api.diff(this.name, ends);
    }
  }

  /**
   * Return the comparison that shows what a deploy would change, or else what the last deploy
   * changed. Null if there is nothing to compare.
   */
  private _defaultComparison(): IComparison | null {
    const history = this._history.value;
    if (history === null) {
      return null;
    }
    const current = history.deploys.find(one => one.current);
    const { notebook, name, cellPackage } = this;
    const live = notebook?.cellNamed(name);
    const packaged = notebook && live ? notebook.kernelFunction(live) : null;
    if (history.deployed && packaged && !isFrom(packaged.bundle, history.deployed)) {
      return { from: DEPLOYED, to: CELL };
    }
    const before = current && previousDeploy(current, history.deploys);
    if (before) {
      return { from: deployKey(before, history.deploys), to: DEPLOYED };
    }
    return history.deployed && cellPackage !== null ? { from: DEPLOYED, to: CELL } : null;
  }

  protected override get extraState(): string | null {
    return this.cellPackage;
  }

  private _history: IAsyncValue<IHistory> = NOT_LOADED;
  private _diff: IAsyncValue<IDiff> | null = null;
  private _comparison: IComparison | null = null;
  private _chosenByUser = false;
  private _requestCount = 0;
}

/** Return the previous deploy that has a different package. `deploys` starts with the latest. */
export function previousDeploy(one: IDeploy, deploys: readonly IDeploy[]): IDeploy | undefined {
  return deploys.slice(deploys.indexOf(one) + 1).find(other => other.package !== one.package);
}

/**
 * Return the deploy that a rollback restores by default. If the current deploy is a rollback, it is
 * one before the deploy that this rollback restored, so that repeated rollbacks go further back.
 */
export function deployBefore(current: IDeploy, deploys: readonly IDeploy[]): IDeploy | undefined {
  let restored = current;
  for (const one of deploys.slice(deploys.indexOf(current) + 1)) {
    if (one.version === restored.rollback_to && one.package === restored.package) {
      restored = one;
    }
  }
  return previousDeploy(restored, deploys);
}

/**
 * Return the key that identifies a deploy on the server: its version, or its bundle if several
 * deploys have the same version.
 */
export function deployKey(one: IDeploy, deploys: readonly IDeploy[]): string {
  const shared = deploys.some(
    other => other.version === one.version && other.package !== one.package
  );
  return shared ? one.bundle : one.version;
}

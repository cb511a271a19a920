import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IFaasManager, IFunctionNotebooks } from '../tokens';

/**
 * The base of models of one function's documents. Refreshes when the target, and the notebooks if
 * given, change.
 */
export abstract class FunctionModel<T extends FunctionModel.IOptions> implements IDisposable {
  constructor(protected readonly options: T) {
    options.manager.changed.connect(this._onChanged, this);
    options.notebooks?.currentChanged.connect(this._onChanged, this);
  }

  get name(): string {
    return this.options.name;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  abstract refresh(): Promise<void>;

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.options.manager.changed.disconnect(this._onChanged, this);
      this.options.notebooks?.currentChanged.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  /** Refresh if something relevant changed. Subclasses call it at the end of their constructor. */
  protected refreshIfChanged(): void {
    const { manager } = this.options;
    const held = manager.functionNamed(this.name);
    const state = JSON.stringify([manager.target?.name, manager.isUpToDate, held, this.extraState]);
    if (state !== this._seenState) {
      this._seenState = state;
      void this.refresh();
    }
    // Redraw anyway: ages change, and the cell may have been edited.
    this._changed.emit();
  }

  protected emitChanged(): void {
    this._changed.emit();
  }

  /** More state whose change requires a refresh. */
  protected get extraState(): string | null {
    return null;
  }

  private _onChanged(): void {
    this.refreshIfChanged();
  }

  private _seenState = '';
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace FunctionModel {
  export interface IOptions {
    name: string;
    manager: IFaasManager;
    notebooks?: IFunctionNotebooks;
  }
}

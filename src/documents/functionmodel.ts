import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IFaasManager, IFunctionNotebooks } from '../tokens';

/**
 * The base class of models for the documents of one function. Refreshes when the target changes
 * and, if `notebooks` is given, when the notebooks change.
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

  /**
   * Refresh if relevant state changed. Subclasses call this method at the end of their constructor.
   */
  protected refreshIfChanged(): void {
    const { manager } = this.options;
    const held = manager.functionNamed(this.name);
    const state = JSON.stringify([manager.target?.name, manager.isUpToDate, held, this.extraState]);
    if (state !== this._seenState) {
      this._seenState = state;
      void this.refresh();
    }
    // Redraw even without a refresh, because ages change and the cell may have been edited.
    this._changed.emit();
  }

  protected emitChanged(): void {
    this._changed.emit();
  }

  /** Additional state of a subclass. A change of this state causes a refresh. */
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

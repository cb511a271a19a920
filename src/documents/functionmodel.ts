import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IFaasManager, IFunctionNotebooks } from '../tokens';

/** What a document shows of one function. Follows the target, and the notebooks where it is given them. */
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

  /** Looks for the first time, and whenever something may be different: subclasses begin with it. */
  protected look(): void {
    const { manager } = this.options;
    const held = manager.functionNamed(this.name);
    const state = JSON.stringify([manager.target?.name, manager.known, held, this.beside]);
    if (state !== this._seen) {
      this._seen = state;
      void this.refresh();
    }
    // Ages grow, and the cell may have been edited.
    this._changed.emit();
  }

  protected emitChanged(): void {
    this._changed.emit();
  }

  /** What else makes a look give something new. */
  protected get beside(): string | null {
    return null;
  }

  private _onChanged(): void {
    this.look();
  }

  private _seen = '';
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

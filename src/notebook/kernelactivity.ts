/** Whether a notebook's kernel is running a cell. */

import type { ICodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

/**
 * Whether the kernel of a notebook is busy, and when that may have changed. Dispose of it after use.
 *
 * The status of the kernel alone does not tell. While a cell runs, the kernel also answers requests
 * on its control channel, such as the debugger's, and after each answer it reports that it is idle.
 */
export class KernelActivity {
  constructor(private readonly _panel: NotebookPanel) {
    this._panel.sessionContext.statusChanged.connect(this._emit);
    this._models = this._panel.content.widgets.map(cell => cell.model as ICodeCellModel);
    for (const model of this._models) {
      model.stateChanged.connect(this._emit);
    }
  }

  get isBusy(): boolean {
    return (
      this._panel.sessionContext.session?.kernel?.status === 'busy' ||
      this._models.some(model => !model.isDisposed && model.executionState === 'running')
    );
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  dispose(): void {
    this._panel.sessionContext.statusChanged.disconnect(this._emit);
    for (const model of this._models) {
      model.stateChanged.disconnect(this._emit);
    }
  }

  private readonly _emit = () => {
    this._changed.emit();
  };
  private readonly _models: ICodeCellModel[];
  private readonly _changed = new Signal<this, void>(this);
}

import {
  NotebookActions,
  type INotebookTracker,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { Cell } from '@jupyterlab/cells';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Signal, type ISignal } from '@lumino/signaling';

import type {
  IFaasManager,
  IFunctionCell,
  IFunctionNotebooks,
  INotebookFunctions
} from '../tokens';
import { loadExtension } from './cellrun';
import { EXAMPLE_CELL, isWatched, LOAD_EXTENSION, mentionsFaas } from './cells';
import { Deployer } from './deployer';
import { NotebookFunctions } from './notebookfunctions';
import { showCell } from './showcell';

/** Matches code that may have deployed, removed or invoked functions without the front end. */
const MAY_CHANGE_TARGET = /%%function|%%composition|%faas|\.(?:deploy|invoke|remove|rollback)\s*\(/;

export class FunctionNotebooks implements IFunctionNotebooks {
  constructor(private readonly _options: FunctionNotebooks.IOptions) {
    const { tracker } = _options;
    this._deployer = new Deployer({ ..._options, run: runCell, askToWait, askToOverwrite });
    tracker.forEach(panel => this._add(panel));
    tracker.widgetAdded.connect((_, panel) => this._add(panel));
    tracker.currentChanged.connect(() => this._currentChanged.emit());
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get current(): NotebookFunctions | null {
    const panel = this._options.tracker.currentWidget;
    return panel === null ? null : this.of(panel);
  }

  get currentChanged(): ISignal<this, void> {
    return this._currentChanged;
  }

  /** Emitted when a notebook is opened. */
  get added(): ISignal<this, NotebookFunctions> {
    return this._added;
  }

  get all(): readonly NotebookFunctions[] {
    return [...this._notebooks.values()];
  }

  of(panel: NotebookPanel): NotebookFunctions | null {
    return this._notebooks.get(panel) ?? null;
  }

  deploy(notebook: INotebookFunctions, name: string): Promise<boolean> {
    return this._deployer.deploy(this._find(notebook), name);
  }

  cancel(notebook: INotebookFunctions, name: string): void {
    this._deployer.cancel(this._find(notebook), name);
  }

  uploadPackage(notebook: INotebookFunctions, packageId: string): Promise<void> {
    return this._deployer.uploadPackage(notebook, packageId, new AbortController().signal);
  }

  /**
   * Run the cells of a notebook that have `--watch` and changed since they ran, which deploys them.
   * A cell that this kernel has not run yet is left alone, because it needs the cells above it.
   */
  async runWatchedCells(notebook: INotebookFunctions): Promise<void> {
    const { content, sessionContext } = notebook.panel;
    const changed = notebook.cells.filter(
      one => isWatched(one.text) && ![undefined, one.text].includes(lastRun(notebook, one))
    );
    const ids = new Set(changed.map(one => one.cellId));
    const cells = content.widgets.filter(one => ids.has(one.model.id));
    if (cells.length > 0) {
      await NotebookActions.runCells(content, cells, sessionContext);
    }
  }

  dismiss(notebook: INotebookFunctions, name: string): void {
    this._find(notebook).setJob(name, null);
  }

  async show(notebook: INotebookFunctions, name: string): Promise<void> {
    const live = notebook.cellNamed(name);
    const { panel } = notebook;
    this._options.activate(panel.id);
    const index = panel.content.widgets.findIndex(one => one.model.id === live?.cellId);
    if (index >= 0) {
      await showCell(panel.content, index);
    }
  }

  async insertCell(name: string, source: string, run: boolean): Promise<boolean> {
    const own = this.all.find(one => one.cellNamed(name) !== null) ?? this.current;
    const content = own?.panel.content;
    const shared = content?.model?.sharedModel;
    if (!own || !content || !shared) {
      return false;
    }
    this._options.activate(own.panel.id);
    const index = content.activeCellIndex + 1;
    shared.insertCell(index, { cell_type: 'code', source });
    await showCell(content, index);
    if (run) {
      await NotebookActions.run(content, own.panel.sessionContext);
    }
    return true;
  }

  async runIfOutdated(name: string): Promise<boolean> {
    const own = this.all.find(one => one.cellNamed(name) !== null);
    const live = own?.cellNamed(name);
    const cell = own?.panel.content.widgets.find(one => one.model.id === live?.cellId);
    if (!own || !live || !cell || lastRun(own, live) === live.text) {
      return true;
    }
    const kernel = own.panel.sessionContext.session?.kernel;
    // A kernel that was restarted does not have the magics.
    if (kernel && own.link.state !== 'connected') {
      await loadExtension(kernel);
      own.link.retry();
    }
    await this.show(own, name);
    return runCell(own.panel, cell);
  }

  async insertExample(): Promise<void> {
    const current = this.current ?? (await this._newNotebook());
    const content = current?.panel.content;
    const shared = content?.model?.sharedModel;
    if (!current || !content || !shared) {
      return;
    }
    this._options.activate(current.panel.id);
    const sources = [EXAMPLE_CELL];
    const loads = content.widgets.some(one =>
      one.model.sharedModel.getSource().includes(LOAD_EXTENSION)
    );
    if (!loads && current.link.state !== 'connected') {
      sources.unshift(LOAD_EXTENSION);
    }
    // Insert into the active cell if it is empty, and otherwise below it.
    const { activeCell } = content;
    const empty =
      activeCell?.model.type === 'code' && activeCell.model.sharedModel.getSource().trim() === '';
    const index = content.activeCellIndex + (empty ? 0 : 1);
    shared.transact(() => {
      if (empty) {
        shared.deleteCell(index);
      }
      shared.insertCells(
        index,
        sources.map(source => ({ cell_type: 'code' as const, source }))
      );
    });
    await showCell(content, index + sources.length - 1);
  }

  async loadKernelHalf(): Promise<void> {
    const { current } = this;
    const content = current?.panel.content;
    const shared = content?.model?.sharedModel;
    if (!current || !content || !shared) {
      return;
    }
    const cells = content.widgets;
    let index = cells.findIndex(one => one.model.sharedModel.getSource().includes(LOAD_EXTENSION));
    if (index < 0) {
      index = Math.max(
        0,
        cells.findIndex(one => current.functionCell(one.model.id) !== null)
      );
      shared.insertCell(index, { cell_type: 'code', source: LOAD_EXTENSION });
    }
    content.activeCellIndex = index;
    if (content.activeCell) {
      await runCell(current.panel, content.activeCell);
    }
  }

  private async _newNotebook(): Promise<NotebookFunctions | null> {
    const panel = await this._options.createNotebook();
    await panel?.context.ready;
    return panel ? this.of(panel) : null;
  }

  private _find(notebook: INotebookFunctions): NotebookFunctions {
    const ours = this.of(notebook.panel);
    if (ours === null) {
      throw new Error('The notebook is closed.');
    }
    return ours;
  }

  private _add(panel: NotebookPanel): void {
    if (this._notebooks.has(panel)) {
      return;
    }
    const notebook = new NotebookFunctions(panel, this._options.manager);
    this._notebooks.set(panel, notebook);
    notebook.changed.connect(() => {
      if (this._options.tracker.currentWidget === panel) {
        this._currentChanged.emit();
      }
    });
    panel.disposed.connect(() => {
      this._notebooks.delete(panel);
      this._currentChanged.emit();
    });
    this._added.emit(notebook);
  }

  private _onExecuted(
    _: unknown,
    { notebook, cell, success }: { notebook: Notebook; cell: Cell; success: boolean }
  ): void {
    const ours = this.all.find(one => one.panel.content === notebook);
    if (!ours) {
      return;
    }
    const live = ours.functionCell(cell.model.id);
    if (success && live !== null) {
      ours.clearFailure(live.name);
    }
    ours.link.retry();
    const source = cell.model.sharedModel.getSource();
    if (
      mentionsFaas(source) ||
      (ours.link.state === 'connected' && MAY_CHANGE_TARGET.test(source))
    ) {
      void this._options.manager.refresh();
    }
  }

  private readonly _deployer: Deployer;
  private readonly _notebooks = new Map<NotebookPanel, NotebookFunctions>();
  private readonly _added = new Signal<this, NotebookFunctions>(this);
  private readonly _currentChanged = new Signal<this, void>(this);
}

export namespace FunctionNotebooks {
  export interface IOptions extends Omit<
    Deployer.IOptions,
    'run' | 'askToWait' | 'askToOverwrite'
  > {
    tracker: INotebookTracker;
    manager: IFaasManager;
    /** Create and open a notebook. Resolves with null if it opens in another browser window. */
    createNotebook: () => Promise<NotebookPanel | null>;
    /** Activate a widget of the main area. */
    activate: (id: string) => void;
  }
}

/** Return the text of a cell when the kernel last packaged it. */
function lastRun(notebook: INotebookFunctions, cell: IFunctionCell): string | undefined {
  return notebook.kernelFunction(cell)?.source_text;
}

function runCell({ content, sessionContext }: NotebookPanel, cell: Cell): Promise<boolean> {
  return NotebookActions.runCells(content, [cell], sessionContext);
}

async function askToWait(name: string, withdrawn: AbortSignal): Promise<boolean> {
  const dialog = new Dialog({
    title: 'The kernel is busy',
    body: `${name} cannot be deployed until its cell has run, but another cell is still running. Wait for that cell?`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Wait' })]
  });
  const close = () => {
    dialog.resolve();
  };
  withdrawn.addEventListener('abort', close);
  const answer = await dialog.launch();
  withdrawn.removeEventListener('abort', close);
  return answer.button.accept;
}

async function askToOverwrite(name: string, message: string): Promise<boolean> {
  const answer = await showDialog({
    title: `Overwrite ${name}?`,
    body: `${message} Deploying replaces it with the function of this notebook. To keep both, cancel, and then rename the function or add --package NAME to its cell.`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Overwrite' })]
  });
  return answer.button.accept;
}

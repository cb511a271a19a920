import type { CellList, INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { ICellModel } from '@jupyterlab/cells';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

import type { IDeployedFunction, IKernelFunction } from '../api/types';
import { functionStatus, type IDeployJob, type IFunctionStatus } from '../state/functionstate';
import type { IFaasManager, IFunctionCell, INotebookFunctions, IRunFailure } from '../tokens';
import { runFailure } from './cellrun';
import { mentionsFaas, parseFunctionCell } from './cells';
import { KernelLink } from './kernellink';

/** The key of the notebook's metadata under which its target is recorded. */
const METADATA = 'faas';

/** A run that failed, with the text of the cell that it executed. */
interface IFailedRun {
  text: string;
  failure: IRunFailure;
}

/** The function cells of one notebook, the comm to its kernel, and its deploys. */
export class NotebookFunctions implements INotebookFunctions, IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private readonly _manager: IFaasManager
  ) {
    this.link = new KernelLink(panel.sessionContext);
    this.link.changed.connect(this._emit, this);
    this.link.activated.connect(this._onActivated, this);
    this.link.targetChosen.connect((_, name) => this.setTarget(name));
    _manager.changed.connect(this._onTargetChanged, this);
    panel.content.modelChanged.connect(this._onModelChanged, this);
    panel.disposed.connect(this.dispose, this);
    this._onModelChanged();
    void panel.context.ready.then(() => this._onMetadataChanged());
  }

  readonly link: KernelLink;

  get cells(): readonly IFunctionCell[] {
    return this._functionCells;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get target(): string | null {
    return recordedTarget(this.panel.content.model);
  }

  setTarget(name: string | null): void {
    const { model } = this.panel.content;
    if (model === null || name === this.target) {
      return;
    }
    const others = { ...faasMetadata(model) };
    delete others.target;
    const faas = name === null ? others : { ...others, target: name };
    if (Object.keys(faas).length > 0) {
      model.setMetadata(METADATA, faas);
    } else {
      model.deleteMetadata(METADATA);
    }
    // After a restart, the kernel reads the target from the file, because with "Run All" the cells
    // reach it before the comm does.
    const { context } = this.panel;
    if (context.contentsModel?.writable !== false) {
      void context.save();
    }
  }

  deployedFunction(name: string): IDeployedFunction | null {
    const current = this._manager.targetOf(this.target)?.name === this._manager.target?.name;
    const list = current ? this._manager.functions : this._manager.functionsOn(this.target);
    return list?.find(one => one.name === name) ?? null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  cellNamed(name: string): IFunctionCell | null {
    const named = this._functionCells.filter(one => one.name === name);
    const ran = this.link.functions.find(one => one.name === name)?.cell_id;
    return named.find(one => one.cellId === ran) ?? named[named.length - 1] ?? null;
  }

  functionCell(cellId: string): IFunctionCell | null {
    return this._functionCells.find(one => one.cellId === cellId) ?? null;
  }

  kernelFunction(live: IFunctionCell): IKernelFunction | null {
    const entry = this.link.functions.find(one => one.name === live.name);
    if (!entry) {
      return null;
    }
    // If several cells have the same name, use the cell that the kernel refers to, because only
    // that cell has run.
    const ran = this._functionCells.find(
      one => one.cellId === entry.cell_id && one.name === live.name
    );
    return ran === undefined || ran.cellId === live.cellId ? entry : null;
  }

  status(live: IFunctionCell): IFunctionStatus {
    const deployed = this.deployedFunction(live.name);
    return functionStatus({
      text: live.text,
      hash: sha256Hex,
      kernel: this.kernelFunction(live),
      deployed,
      known: this._manager.functionsOn(this.target) !== null,
      failed: live.failure !== undefined,
      fromOther: deployed !== null && this._isFromOther(deployed)
    });
  }

  /**
   * Return whether a function was deployed from another notebook. A renamed notebook keeps the ids
   * of its cells.
   */
  private _isFromOther({ notebook, cell_id }: IDeployedFunction): boolean {
    // The path may begin with the name of a drive, as in `RTC:study.ipynb`.
    const file = this.panel.context.path.split(/[/:]/).pop();
    const isOwnCell = [...(this._cells ?? [])].some(cell => cell.id === cell_id);
    return notebook !== null && notebook !== file && !isOwnCell;
  }

  job(name: string): IDeployJob | null {
    return this._jobs.get(name) ?? null;
  }

  setJob(name: string, job: IDeployJob | null): void {
    this._failedVersions.delete(name);
    if (job === null) {
      this._jobs.delete(name);
    } else {
      this._jobs.set(name, job);
    }
    if (job?.phase === 'failed') {
      this._failedVersions.set(name, this.deployedFunction(name)?.version ?? null);
    }
    this._emit();
  }

  /** Forget that a deploy failed, because the function has been packaged or deployed since. */
  clearFailure(name: string): void {
    if (this.job(name)?.phase === 'failed') {
      this.setJob(name, null);
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._manager.changed.disconnect(this._onTargetChanged, this);
    this._connectCells(null);
    this._model?.metadataChanged.disconnect(this._onMetadataChanged, this);
    this.link.dispose();
    Signal.clearData(this);
  }

  private _onModelChanged(): void {
    const { model } = this.panel.content;
    this._model?.metadataChanged.disconnect(this._onMetadataChanged, this);
    this._model = model;
    model?.metadataChanged.connect(this._onMetadataChanged, this);
    this._connectCells(model?.cells ?? null);
    this._scanCells();
    this._onMetadataChanged();
  }

  private _onMetadataChanged(): void {
    if (!this._isDisposed) {
      this.link.target = this.target;
      this._emit();
    }
  }

  private _connectCells(cells: CellList | null): void {
    if (this._cells && !this._cells.isDisposed) {
      this._cells.changed.disconnect(this._scanCells, this);
    }
    for (const cell of this._connectedCells) {
      cell.contentChanged.disconnect(this._onContentChanged, this);
    }
    this._connectedCells.clear();
    this._cells = cells;
    cells?.changed.connect(this._scanCells, this);
  }

  private _scanCells(): void {
    const live: IFunctionCell[] = [];
    const mentioning = new Set<string>();
    const present = new Set<ICellModel>();
    for (const cell of this._cells ?? []) {
      if (cell.type !== 'code') {
        continue;
      }
      present.add(cell);
      if (!this._connectedCells.has(cell)) {
        this._connectedCells.add(cell);
        cell.contentChanged.connect(this._onContentChanged, this);
      }
      const text = cell.sharedModel.getSource();
      const parsed = parseFunctionCell(text);
      if (parsed) {
        const failed = this._failedRun(cell, text);
        const failure = failed?.text === text ? failed.failure : undefined;
        live.push({ ...parsed, cellId: cell.id, text, ...(failure && { failure }) });
      }
      if (mentionsFaas(text)) {
        mentioning.add(cell.id);
      }
    }
    for (const cell of this._connectedCells) {
      if (!present.has(cell)) {
        cell.contentChanged.disconnect(this._onContentChanged, this);
        this._connectedCells.delete(cell);
      }
    }
    this._faasCells = mentioning;
    this._setFunctionCells(live);
  }

  private _onContentChanged(cell: ICellModel): void {
    // Most cells are not function cells, and this code runs on every keystroke.
    const text = cell.sharedModel.getSource();
    const before = this._functionCells.find(one => one.cellId === cell.id);
    const mentioned = mentionsFaas(text);
    if (before?.text === text) {
      const failed = runFailure(cell) !== null;
      if (!failed) {
        // The outputs were cleared, so the next error is that of another run.
        this._failedRuns.delete(cell.id);
      }
      if (failed === (before.failure !== undefined)) {
        return;
      }
    }
    if (before || mentioned || this._faasCells.has(cell.id)) {
      this._scanCells();
    }
  }

  /**
   * Return the failed run that the outputs of a cell show, with the text that it executed. Outputs
   * do not contain that text, so it is recorded when the error appears.
   */
  private _failedRun(cell: ICellModel, text: string): IFailedRun | null {
    const failure = runFailure(cell);
    if (failure === null) {
      this._failedRuns.delete(cell.id);
      return null;
    }
    const known = this._failedRuns.get(cell.id);
    if (known?.failure.message === failure.message) {
      return known;
    }
    const found = { text, failure };
    this._failedRuns.set(cell.id, found);
    return found;
  }

  private _setFunctionCells(live: readonly IFunctionCell[]): void {
    this._functionCells = live;
    const wanted = this._faasCells.size > 0;
    if (wanted) {
      this._manager.refreshOnce();
    }
    this.link.wanted = wanted;
    this._emit();
  }

  private _onTargetChanged(): void {
    for (const [name, version] of this._failedVersions) {
      // It has been deployed in another way since, such as `%faas deploy`.
      const deployed = this.deployedFunction(name);
      if (deployed !== null && deployed.version !== version) {
        this.clearFailure(name);
      }
    }
    this._emit();
  }

  private _onActivated(): void {
    void this._manager.refreshActivations();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _model: INotebookModel | null = null;
  private _cells: CellList | null = null;
  private readonly _connectedCells = new Set<ICellModel>();
  private _faasCells = new Set<string>();
  /** The failed runs by the ids of their cells. */
  private readonly _failedRuns = new Map<string, IFailedRun>();
  private _functionCells: readonly IFunctionCell[] = [];
  private readonly _jobs = new Map<string, IDeployJob>();
  /** The deployed version at the time of each failed deploy. */
  private readonly _failedVersions = new Map<string, string | null>();
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

function faasMetadata(model: INotebookModel): { [key: string]: unknown } {
  const found = model.getMetadata(METADATA) as unknown;
  return typeof found === 'object' && found !== null ? { ...found } : {};
}

function recordedTarget(model: INotebookModel | null): string | null {
  const found = model === null ? undefined : faasMetadata(model).target;
  // A value that is not text is the name of no target, and the error about the target shows it.
  return found === undefined || found === null || found === ''
    ? null
    : typeof found === 'string'
      ? found
      : JSON.stringify(found);
}

/**
 * Return the SHA-256 hash of a text's UTF-8 bytes, in hexadecimal.
 *
 * `crypto.subtle` exists only in secure contexts, but JupyterLab is often served over plain HTTP.
 */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

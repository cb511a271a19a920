import type { CellList, NotebookPanel } from '@jupyterlab/notebook';
import type { ICellModel } from '@jupyterlab/cells';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

import type { IKernelFunction } from '../api/types';
import { standing, type IDeployJob, type IStanding } from '../state/functionstate';
import type { IFaasManager, ILiveFunction, INotebookFunctions } from '../tokens';
import { mentionsUs, parseFunctionCell } from './cells';
import { KernelLink } from './kernellink';

/** Follows the cells of one notebook, its kernel, and the deploys that were started from it. */
export class NotebookFunctions implements INotebookFunctions, IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private readonly _manager: IFaasManager
  ) {
    this.link = new KernelLink(panel.sessionContext);
    this.link.changed.connect(this._emit, this);
    this.link.activated.connect(this._onActivated, this);
    _manager.changed.connect(this._emit, this);
    panel.content.modelChanged.connect(this._onModelChanged, this);
    panel.disposed.connect(this.dispose, this);
    this._onModelChanged();
  }

  readonly link: KernelLink;

  get live(): readonly ILiveFunction[] {
    return this._live;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  liveNamed(name: string): ILiveFunction | null {
    const named = this._live.filter(one => one.name === name);
    const ran = this.link.functions.find(one => one.name === name)?.cell_id;
    return named.find(one => one.cellId === ran) ?? named[named.length - 1] ?? null;
  }

  liveOf(cellId: string): ILiveFunction | null {
    return this._live.find(one => one.cellId === cellId) ?? null;
  }

  kernelFunction(live: ILiveFunction): IKernelFunction | null {
    const entry = this.link.functions.find(one => one.name === live.name);
    if (!entry) {
      return null;
    }
    // A cell that shares its name with another has run only if the kernel means that cell.
    const ran = this._live.find(one => one.cellId === entry.cell_id && one.name === live.name);
    return ran === undefined || ran.cellId === live.cellId ? entry : null;
  }

  standing(live: ILiveFunction): IStanding {
    return standing({
      text: live.text,
      hash: sha256Hex,
      kernel: this.kernelFunction(live),
      deployed: this._manager.functionNamed(live.name),
      known: this._manager.known
    });
  }

  job(name: string): IDeployJob | null {
    return this._jobs.get(name) ?? null;
  }

  setJob(name: string, job: IDeployJob | null): void {
    if (job === null) {
      this._jobs.delete(name);
    } else {
      this._jobs.set(name, job);
    }
    this._emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._manager.changed.disconnect(this._emit, this);
    this._follow(null);
    this.link.dispose();
    Signal.clearData(this);
  }

  private _onModelChanged(): void {
    this._follow(this.panel.content.model?.cells ?? null);
    this._scan();
  }

  private _follow(cells: CellList | null): void {
    if (this._cells && !this._cells.isDisposed) {
      this._cells.changed.disconnect(this._scan, this);
    }
    for (const cell of this._followed) {
      cell.contentChanged.disconnect(this._onContentChanged, this);
    }
    this._followed.clear();
    this._cells = cells;
    cells?.changed.connect(this._scan, this);
  }

  private _scan(): void {
    const live: ILiveFunction[] = [];
    const mentioning = new Set<string>();
    const present = new Set<ICellModel>();
    for (const cell of this._cells ?? []) {
      if (cell.type !== 'code') {
        continue;
      }
      present.add(cell);
      if (!this._followed.has(cell)) {
        this._followed.add(cell);
        cell.contentChanged.connect(this._onContentChanged, this);
      }
      const text = cell.sharedModel.getSource();
      const parsed = parseFunctionCell(text);
      if (parsed) {
        live.push({ ...parsed, cellId: cell.id, text });
      }
      if (mentionsUs(text)) {
        mentioning.add(cell.id);
      }
    }
    for (const cell of this._followed) {
      if (!present.has(cell)) {
        cell.contentChanged.disconnect(this._onContentChanged, this);
        this._followed.delete(cell);
      }
    }
    this._mentioning = mentioning;
    this._setLive(live);
  }

  private _onContentChanged(cell: ICellModel): void {
    // Most keys are typed into cells that have nothing to do with us.
    const text = cell.sharedModel.getSource();
    const before = this._live.find(one => one.cellId === cell.id);
    const mentioned = mentionsUs(text);
    if (before?.text === text) {
      return;
    }
    if (before || mentioned || this._mentioning.has(cell.id)) {
      this._scan();
    }
  }

  private _setLive(live: readonly ILiveFunction[]): void {
    this._live = live;
    const wanted = this._mentioning.size > 0;
    if (wanted) {
      this._manager.ensure();
    }
    this.link.wanted = wanted;
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

  private _cells: CellList | null = null;
  private readonly _followed = new Set<ICellModel>();
  private _mentioning = new Set<string>();
  private _live: readonly ILiveFunction[] = [];
  private readonly _jobs = new Map<string, IDeployJob>();
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

/**
 * The sha256 of a text's UTF-8 bytes, in hex.
 *
 * Not `crypto.subtle`: that exists in secure contexts only, and JupyterLab is often plain HTTP.
 */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { IDeployedFunction, IKernelFunction } from '../api/types';
import type { IDeployingNotebook } from '../notebook/deployer';
import { KernelLink } from '../notebook/kernellink';
import { functionStatus, type IDeployJob, type IFunctionStatus } from '../state/functionstate';
import type { IFunctionCell, IRunFailure } from '../tokens';
import { FakeSession } from './kernel';

/** A fake notebook with one function cell. Its kernel link is real. */
export class FakeNotebook implements IDeployingNotebook {
  constructor(text: string, name = 'iris') {
    const outputs = {
      toJSON: () => this.outputs,
      fromJSON: (values: unknown[]) => {
        this.outputs = values;
      }
    };
    const sharedModel = { getSource: () => this.text };
    const model = { id: 'cell', sharedModel, outputs, stateChanged: this.cellState };
    Object.defineProperty(model, 'executionState', { get: () => this._executionState });
    const cell = { model };
    this.text = text;
    this._name = name;
    this.link = new KernelLink(this.session.asContext);
    this.link.changed.connect(() => {
      this.changed.emit();
    });
    this.panel = {
      id: 'panel',
      title: { label: 'quickstart.ipynb' },
      sessionContext: this.session.context,
      content: { widgets: [cell as unknown as Cell] }
    } as unknown as NotebookPanel;
  }

  readonly session = new FakeSession();
  readonly cellState = new Signal<this, void>(this);
  readonly panel: NotebookPanel;
  readonly link: KernelLink;
  readonly changed = new Signal<this, void>(this);
  /** All job states so far, in order. */
  readonly jobs: (IDeployJob | null)[] = [];
  /** The names of other functions that share the cell. */
  others: string[] = [];
  deployed: IDeployedFunction | null = null;
  /** The outputs of the cell. */
  outputs: unknown[] = [];
  target: string | null = null;
  memoryMb: number | null = null;
  text: string;
  /** The error of the last run of the cell. */
  failure: IRunFailure | null = null;

  get cells(): readonly IFunctionCell[] {
    return [this._name, ...this.others].map(name => ({
      name,
      cellId: 'cell',
      text: this.text,
      memoryMb: this.memoryMb,
      composition: false,
      ...(this.failure && { failure: this.failure })
    }));
  }

  /** Let the cell run, or end its run. */
  setExecutionState(state: 'running' | 'idle'): void {
    this._executionState = state;
    this.cellState.emit();
  }

  get phases(): unknown[] {
    return this.jobs.map(job => job?.phase ?? null);
  }

  setTarget(name: string | null): void {
    this.target = name;
    this.changed.emit();
  }

  deployedFunction(name: string): IDeployedFunction | null {
    return this.deployed?.name === name ? this.deployed : null;
  }

  cellNamed(name: string): IFunctionCell | null {
    return this.cells.find(one => one.name === name) ?? null;
  }

  functionCell(cellId: string): IFunctionCell | null {
    return this.cells.find(one => one.cellId === cellId) ?? null;
  }

  kernelFunction(live: IFunctionCell): IKernelFunction | null {
    return this.link.functions.find(one => one.name === live.name) ?? null;
  }

  status(live: IFunctionCell): IFunctionStatus {
    const kernel = this.kernelFunction(live);
    const { deployed } = this;
    const failed = live.failure !== undefined;
    const { text } = live;
    return functionStatus({ text, hash: one => one, kernel, deployed, known: true, failed });
  }

  job(name: string): IDeployJob | null {
    return this._jobs.get(name) ?? null;
  }

  setJob(name: string, job: IDeployJob | null): void {
    this.jobs.push(job);
    this._jobs.set(name, job);
    this.changed.emit();
  }

  private readonly _name: string;
  private _executionState = 'idle';
  private readonly _jobs = new Map<string, IDeployJob | null>();
}

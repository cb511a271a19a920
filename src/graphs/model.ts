import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IAstNode } from '../api/session';
import { errorWords } from '../api/types';
import { cardIn } from '../cards';
import type { IFaasManager, IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** The graph of a cell, or that of what the target holds. */
export type Side = 'cell' | 'deployed';

/** Asked for, there (null: none is kept), or refused. */
export type DeployedGraph =
  | { state: 'none' | 'loading' }
  | { state: 'ready'; graph: IAstNode | null }
  | { state: 'failed'; message: string; hint: string };

/** The graph of one composition, as its cell packaged it and as it is deployed. Follows both. */
export class GraphModel implements IDisposable {
  constructor(private readonly _options: GraphModel.IOptions) {
    const { manager, notebooks, graph } = _options;
    this._given = graph;
    manager.changed.connect(this._onChanged, this);
    notebooks.currentChanged.connect(this._onChanged, this);
    this._onChanged();
  }

  get name(): string {
    return this._options.name;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The open notebook that has the composition. */
  get notebook(): INotebookFunctions | null {
    const { current, all } = this._options.notebooks;
    const having = (one: INotebookFunctions) => one.liveNamed(this.name) !== null;
    return current && having(current) ? current : (all.find(having) ?? null);
  }

  /** As the output of its cell holds it, else as the card that led here did. */
  get cell(): IAstNode | null {
    return this._cell;
  }

  get deployed(): DeployedGraph {
    return this._deployed;
  }

  /** Both are there, and not the same. */
  get differ(): boolean {
    const { _cell: cell, _deployed: deployed } = this;
    const other = deployed.state === 'ready' ? deployed.graph : null;
    return cell !== null && other !== null && !same(cell, other);
  }

  /** Which of them is shown. */
  get side(): Side {
    return this._cell === null || (this._side === 'deployed' && this.differ) ? 'deployed' : 'cell';
  }

  set side(side: Side) {
    this._side = side;
    this._selected = null;
    this._changed.emit();
  }

  get graph(): IAstNode | null {
    if (this.side === 'cell') {
      return this._cell;
    }
    return this._deployed.state === 'ready' ? this._deployed.graph : null;
  }

  /** The path of the node that is looked at. */
  get selected(): string | null {
    return this._selected;
  }

  set selected(path: string | null) {
    if (path !== this._selected) {
      this._selected = path;
      this._changed.emit();
    }
  }

  /** A card with a newer graph led here. */
  give(graph: IAstNode): void {
    this._given = graph;
    this._onChanged();
  }

  async refresh(): Promise<void> {
    const { manager } = this._options;
    const asked = ++this._asked;
    if (manager.functionNamed(this.name) === null) {
      this._deployed = { state: 'none' };
      this._changed.emit();
      return;
    }
    if (this._deployed.state !== 'ready') {
      this._deployed = { state: 'loading' };
      this._changed.emit();
    }
    let found: DeployedGraph;
    try {
      const { graph } = await manager.api.graph(this.name);
      found = { state: 'ready', graph };
    } catch (error) {
      found = { state: 'failed', ...errorWords(error) };
    }
    if (asked === this._asked && !this._isDisposed) {
      this._deployed = found;
      this._changed.emit();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._options.manager.changed.disconnect(this._onChanged, this);
      this._options.notebooks.currentChanged.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  private _onChanged(): void {
    const { notebook, name } = this;
    const found = (notebook && cardIn(notebook, name)?.composition?.graph) ?? this._given;
    // The same drawing is not laid out again because an output was read again.
    if (this._cell === null || found === null || !same(this._cell, found)) {
      this._cell = found;
    }
    const { manager } = this._options;
    const held = manager.functionNamed(name);
    const state = JSON.stringify([manager.target?.name, held?.version, held?.updated]);
    if (state !== this._seen) {
      this._seen = state;
      void this.refresh();
    }
    this._changed.emit();
  }

  private _given: IAstNode | null;
  private _cell: IAstNode | null = null;
  private _deployed: DeployedGraph = { state: 'none' };
  private _side: Side = 'cell';
  private _selected: string | null = null;
  private _asked = 0;
  private _seen = '';
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace GraphModel {
  export interface IOptions {
    name: string;
    manager: IFaasManager;
    notebooks: IFunctionNotebooks;
    /** That of the card that led here. */
    graph: IAstNode | null;
  }
}

function same(one: IAstNode, other: IAstNode): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

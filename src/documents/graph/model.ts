import type { ICodeCellModel } from '@jupyterlab/cells';

import type { ICard } from '../../api/card';
import type { IAstNode } from '../../api/composition';
import { MIME_TYPE, readPayload } from '../../api/payload';
import { settle, toLoading, NOT_LOADED, type IAsyncValue } from '../../state/asyncvalue';
import type { IFunctionNotebooks, INotebookFunctions } from '../../tokens';
import { FunctionModel } from '../functionmodel';

/** The origin of a graph: the cell, or the deployed composition. */
export type GraphSource = 'cell' | 'deployed';

interface IOptions extends FunctionModel.IOptions {
  notebooks: IFunctionNotebooks;
  /** The graph of the card that opened the document. */
  graph: IAstNode | null;
}

/**
 * The graphs of one composition, from its cell and from the target. Refreshes when either changes.
 */
export class GraphModel extends FunctionModel<IOptions> {
  constructor(options: IOptions) {
    super(options);
    this._cardGraph = options.graph;
    this.refreshIfChanged();
  }

  /** The open notebook with the composition's cell. */
  get notebook(): INotebookFunctions | null {
    const { current, all } = this.options.notebooks;
    const having = (one: INotebookFunctions) => one.cellNamed(this.name) !== null;
    return current && having(current) ? current : (all.find(having) ?? null);
  }

  /**
   * The graph in the output of the cell, or in the card that opened the document. Null if neither
   * has a graph.
   */
  get cell(): IAstNode | null {
    return this._cell;
  }

  /**
   * The deployed graph; null if the composition is not deployed. The inner value is null if the
   * target does not have the graph.
   */
  get deployed(): IAsyncValue<IAstNode | null> | null {
    return this._deployed;
  }

  /** Whether the cell and the target both have a graph and the graphs differ. */
  get differ(): boolean {
    const { _cell: cell, _deployed: deployed } = this;
    const other = deployed?.value ?? null;
    return cell !== null && other !== null && !same(cell, other);
  }

  /** The origin of the displayed graph. */
  get side(): GraphSource {
    return this._cell === null || (this._side === 'deployed' && this.differ) ? 'deployed' : 'cell';
  }

  set side(side: GraphSource) {
    this._side = side;
    this._selected = null;
    this.emitChanged();
  }

  /** The displayed graph, or the last known graph while the target is unreachable. */
  get graph(): IAstNode | null {
    if (this.side === 'cell') {
      return this._cell;
    }
    return this._deployed?.value ?? null;
  }

  /** The path of the selected node. */
  get selected(): string | null {
    return this._selected;
  }

  set selected(path: string | null) {
    if (path !== this._selected) {
      this._selected = path;
      this.emitChanged();
    }
  }

  /** Replace the cell's graph by a newer graph from a card. */
  updateGraph(graph: IAstNode): void {
    this._cardGraph = graph;
    this.refreshIfChanged();
  }

  async refresh(): Promise<void> {
    const { manager } = this.options;
    const asked = ++this._requestCount;
    if (manager.functionNamed(this.name) === null) {
      this._deployed = null;
      this.emitChanged();
      return;
    }
    const before = this._deployed ?? NOT_LOADED;
    if (before.state !== 'ready') {
      this._deployed = toLoading(before);
      this.emitChanged();
    }
    const graph = manager.api.graph(this.name).then(answer => answer.graph);
    const found = await settle<IAstNode | null>(before, graph);
    if (asked === this._requestCount && !this.isDisposed) {
      this._deployed = found;
      this.emitChanged();
    }
  }

  protected override refreshIfChanged(): void {
    const { notebook, name } = this;
    const found = (notebook && cardInOutput(notebook, name)?.composition?.graph) ?? this._cardGraph;
    // Keep the existing graph if the new one is equal, because a new object would be laid out
    // again.
    if (this._cell === null || found === null || !same(this._cell, found)) {
      this._cell = found;
    }
    super.refreshIfChanged();
  }

  private _cardGraph: IAstNode | null;
  private _cell: IAstNode | null = null;
  private _deployed: IAsyncValue<IAstNode | null> | null = null;
  private _side: GraphSource = 'cell';
  private _selected: string | null = null;
  private _requestCount = 0;
}

function same(one: IAstNode, other: IAstNode): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Return the card in the output of a function's cell, or null if the cell has not run or failed.
 */
function cardInOutput(notebook: INotebookFunctions, name: string): ICard | null {
  const live = notebook.cellNamed(name);
  const cell = notebook.panel.content.widgets.find(one => one.model.id === live?.cellId);
  if (cell?.model.type !== 'code') {
    return null;
  }
  const { outputs } = cell.model as ICodeCellModel;
  for (let index = outputs.length - 1; index >= 0; index--) {
    const payload = readPayload(outputs.get(index).data[MIME_TYPE]);
    if (!('unknown' in payload) && payload.type === 'function' && payload.name === name) {
      return payload;
    }
  }
  return null;
}

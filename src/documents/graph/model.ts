import type { ICodeCellModel } from '@jupyterlab/cells';

import type { ICard } from '../../api/card';
import type { IAstNode } from '../../api/composition';
import { MIME_TYPE, readPayload } from '../../api/payload';
import { loaded, loading, NOTHING, type ILoaded } from '../../state/asyncvalue';
import type { IFunctionNotebooks, INotebookFunctions } from '../../tokens';
import { FunctionModel } from '../functionmodel';

/** The graph of a cell, or that of what the target holds. */
export type Side = 'cell' | 'deployed';

interface IOptions extends FunctionModel.IOptions {
  notebooks: IFunctionNotebooks;
  /** That of the card that led here. */
  graph: IAstNode | null;
}

/** The graph of one composition, as its cell packaged it and as it is deployed. Follows both. */
export class GraphModel extends FunctionModel<IOptions> {
  constructor(options: IOptions) {
    super(options);
    this._given = options.graph;
    this.look();
  }

  /** The open notebook that has the composition. */
  get notebook(): INotebookFunctions | null {
    const { current, all } = this.options.notebooks;
    const having = (one: INotebookFunctions) => one.liveNamed(this.name) !== null;
    return current && having(current) ? current : (all.find(having) ?? null);
  }

  /** As the output of its cell holds it, else as the card that led here did. */
  get cell(): IAstNode | null {
    return this._cell;
  }

  /** Null while it is not deployed; without a value where none is kept. */
  get deployed(): ILoaded<IAstNode | null> | null {
    return this._deployed;
  }

  /** Both are there, and not the same. */
  get differ(): boolean {
    const { _cell: cell, _deployed: deployed } = this;
    const other = deployed?.value ?? null;
    return cell !== null && other !== null && !same(cell, other);
  }

  /** Which of them is shown. */
  get side(): Side {
    return this._cell === null || (this._side === 'deployed' && this.differ) ? 'deployed' : 'cell';
  }

  set side(side: Side) {
    this._side = side;
    this._selected = null;
    this.emitChanged();
  }

  /** The last that was known, where the target does not answer. */
  get graph(): IAstNode | null {
    if (this.side === 'cell') {
      return this._cell;
    }
    return this._deployed?.value ?? null;
  }

  /** The path of the node that is looked at. */
  get selected(): string | null {
    return this._selected;
  }

  set selected(path: string | null) {
    if (path !== this._selected) {
      this._selected = path;
      this.emitChanged();
    }
  }

  /** A card with a newer graph led here. */
  give(graph: IAstNode): void {
    this._given = graph;
    this.look();
  }

  async refresh(): Promise<void> {
    const { manager } = this.options;
    const asked = ++this._asked;
    if (manager.functionNamed(this.name) === null) {
      this._deployed = null;
      this.emitChanged();
      return;
    }
    const before = this._deployed ?? NOTHING;
    if (before.state !== 'ready') {
      this._deployed = loading(before);
      this.emitChanged();
    }
    const graph = manager.api.graph(this.name).then(answer => answer.graph);
    const found = await loaded<IAstNode | null>(before, graph);
    if (asked === this._asked && !this.isDisposed) {
      this._deployed = found;
      this.emitChanged();
    }
  }

  protected override look(): void {
    const { notebook, name } = this;
    const found = (notebook && cardIn(notebook, name)?.composition?.graph) ?? this._given;
    // The same drawing is not laid out again because an output was read again.
    if (this._cell === null || found === null || !same(this._cell, found)) {
      this._cell = found;
    }
    super.look();
  }

  private _given: IAstNode | null;
  private _cell: IAstNode | null = null;
  private _deployed: ILoaded<IAstNode | null> | null = null;
  private _side: Side = 'cell';
  private _selected: string | null = null;
  private _asked = 0;
}

function same(one: IAstNode, other: IAstNode): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The card in the output of a function's cell; null before the cell ran, or when it failed. */
function cardIn(notebook: INotebookFunctions, name: string): ICard | null {
  const live = notebook.liveNamed(name);
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

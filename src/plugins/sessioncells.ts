import type { Contents } from '@jupyterlab/services';

import { FaasError } from '../api/errors';
import type { ISession } from '../api/session';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** The notebook and the cell from which a run's function was deployed. */
export type ICellOrigin = Pick<ISession, 'name' | 'notebook' | 'cell_id'>;

interface IOptions {
  notebooks: IFunctionNotebooks;
  contents: Pick<Contents.IManager, 'get'>;
  activate: (id: string) => void;
  /**
   * Open a notebook. Resolves with false if the notebook opens in its own page, as in Notebook 7.
   */
  openFile: (path: string, cellId: string | null) => Promise<boolean>;
}

/** Finds the cell of a session's function, in an open notebook or else in a notebook file. */
export class SessionCells {
  constructor(private readonly _options: IOptions) {}

  /** Return a function that opens the cell, or null if the cell's origin is unknown. */
  opener(origin: ICellOrigin): (() => Promise<void>) | null {
    return origin.notebook === null && this._findByName(origin) === null
      ? null
      : () => this.open(origin);
  }

  /**
   * Show the cell of a session's function. Rejects if the notebook or the cell no longer exists.
   */
  async open(origin: ICellOrigin): Promise<void> {
    if (await this._show(this._findByOrigin(origin), origin)) {
      return;
    }
    const path = origin.notebook === null ? null : await this._findFile(origin.notebook);
    if (path === null) {
      if (await this._show(this._findByName(origin), origin)) {
        return;
      }
      throw noNotebook(origin);
    }
    const here = await this._options.openFile(path, origin.cell_id);
    if (here && !(await this._show(this._findByOrigin(origin), origin))) {
      throw noCell(origin);
    }
  }

  /**
   * Return the notebook that contains the cell's id, or else the notebook of the deploy if it
   * contains the function's name. Null if neither is open.
   */
  private _findByOrigin({ name, notebook, cell_id }: ICellOrigin): INotebookFunctions | null {
    const { all } = this._options.notebooks;
    return (
      all.find(one => cellIndexById(one, cell_id) >= 0) ??
      all.find(one => fileOf(one) === notebook && cellIndexByName(one, name) >= 0) ??
      null
    );
  }

  /**
   * Return any notebook that contains the function's name. This is used if the original notebook is
   * not found.
   */
  private _findByName({ name }: ICellOrigin): INotebookFunctions | null {
    return this._options.notebooks.all.find(one => cellIndexByName(one, name) >= 0) ?? null;
  }

  private async _show(open: INotebookFunctions | null, origin: ICellOrigin): Promise<boolean> {
    if (open === null) {
      return false;
    }
    const { panel } = open;
    this._options.activate(panel.id);
    const found = cellIndexById(open, origin.cell_id);
    const index = found >= 0 ? found : cellIndexByName(open, origin.name);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, 'smart');
    return true;
  }

  /**
   * Return the path of a notebook, or null if it is not found. Records contain the notebook's name
   * without its folder, so try the root and the folders of open notebooks.
   */
  private async _findFile(notebook: string): Promise<string | null> {
    const folders = this._options.notebooks.all.map(({ panel }) => folderOf(panel.context.path));
    for (const folder of new Set(['', ...folders])) {
      try {
        // List the folder, because requesting a missing file would log an error.
        const listing = await this._options.contents.get(folder, { content: true });
        if ((listing.content as Contents.IModel[]).some(one => one.name === notebook)) {
          return folder === '' ? notebook : `${folder}/${notebook}`;
        }
      } catch {
        // The folder may no longer exist.
      }
    }
    return null;
  }
}

function noNotebook({ name, notebook }: ICellOrigin): FaasError {
  return notebook === null
    ? missing(
        `Nothing tells which notebook ${name} came from.`,
        'It was deployed by another tool, or is not there any more.'
      )
    : missing(
        `${notebook}, which ${name} was deployed from, is not in the folder of this server, nor beside an open notebook.`,
        'If it was moved or renamed, open it where it is now and try again.'
      );
}

function noCell({ name, notebook }: ICellOrigin): FaasError {
  return missing(
    `${notebook} has no cell of ${name} any more.`,
    'It was deleted or renamed after it was deployed. The history of the function shows what was deployed.'
  );
}

function missing(message: string, hint: string): FaasError {
  return new FaasError(0, { code: 'cell_not_found', message, hint });
}

function cellIndexById({ panel }: INotebookFunctions, id: string | null): number {
  return id === null ? -1 : panel.content.widgets.findIndex(one => one.model.id === id);
}

function cellIndexByName({ panel }: INotebookFunctions, name: string): number {
  const own = name.split('/').pop() ?? name;
  const magic = new RegExp(`^\\s*%%(?:function|composition)\\s+${escaped(own)}(?!\\S)`);
  return panel.content.widgets.findIndex(one => magic.test(one.model.sharedModel.getSource()));
}

function fileOf({ panel }: INotebookFunctions): string {
  return panel.context.path.split('/').pop() ?? '';
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

import type { Contents } from '@jupyterlab/services';

import { FaasError } from '../api/errors';
import type { ISession } from '../api/session';
import type { IFailedLine } from '../api/types';
import { parseFunctionCell } from '../notebook/cells';
import { showCell } from '../notebook/showcell';
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
   * Show the line at which a run failed, and put the cursor there. If no cell has the line any more,
   * show the cell of the function.
   */
  async openLine(origin: ICellOrigin, where: IFailedLine): Promise<void> {
    let found = this._findLine(origin, where);
    if (found === null) {
      await this.open(origin);
      found = this._findLine(origin, where);
    }
    if (found === null) {
      return;
    }
    const { panel, index, line } = found;
    const cell = panel.content.widgets[index];
    this._options.activate(panel.id);
    await showCell(panel.content, index);
    // The editor of a cell that was out of view is made when the cell scrolls into it.
    await cell?.ready;
    panel.content.mode = 'edit';
    cell?.editor?.focus();
    cell?.editor?.setCursorPosition({ line: line - 1, column: 0 });
  }

  private _findLine(
    { name }: ICellOrigin,
    where: IFailedLine
  ): { panel: INotebookFunctions['panel']; index: number; line: number } | null {
    const defines = new RegExp(`^\\s*(?:async\\s+)?def\\s+${escaped(where.function)}\\b`, 'm');
    for (const open of this._options.notebooks.all) {
      const { panel } = open;
      for (const [index, { model }] of panel.content.widgets.entries()) {
        const source = model.sharedModel.getSource();
        if (!(where.in_cell ? isCellOf(source, name) : defines.test(source))) {
          continue;
        }
        const lines = source.split('\n').map(one => one.trim());
        const same = lines[where.line - 1] === where.code;
        const line = where.in_cell && same ? where.line : lines.indexOf(where.code) + 1;
        if (line > 0) {
          return { panel, index, line };
        }
      }
    }
    return null;
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
    await showCell(panel.content, index);
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
        `The notebook of ${name} is not known.`,
        'The function was deployed with another tool, or no longer exists.'
      )
    : missing(
        `${name} was deployed from ${notebook}, which is neither in this server’s folder nor in the folder of an open notebook.`,
        'If the notebook was moved or renamed, open it and try again.'
      );
}

function noCell({ name, notebook }: ICellOrigin): FaasError {
  return missing(
    `${notebook} no longer contains the cell of ${name}.`,
    'The cell was deleted, or its function was renamed, after the deploy. The history of the function shows the deployed code.'
  );
}

function missing(message: string, hint: string): FaasError {
  return new FaasError(0, { code: 'cell_not_found', message, hint });
}

function cellIndexById({ panel }: INotebookFunctions, id: string | null): number {
  return id === null ? -1 : panel.content.widgets.findIndex(one => one.model.id === id);
}

function cellIndexByName({ panel }: INotebookFunctions, name: string): number {
  return panel.content.widgets.findIndex(one => isCellOf(one.model.sharedModel.getSource(), name));
}

function isCellOf(source: string, name: string): boolean {
  const parsed = parseFunctionCell(source);
  return parsed !== null && baseName(parsed.name) === baseName(name);
}

function baseName(name: string): string {
  return name.split('/').pop() ?? name;
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

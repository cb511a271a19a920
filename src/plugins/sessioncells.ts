import type { Contents } from '@jupyterlab/services';

import { FaasError } from '../api/errors';
import type { ISession } from '../api/session';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** What is known of where a run's function came from. */
export type ICellOrigin = Pick<ISession, 'name' | 'notebook' | 'cell_id'>;

interface IOptions {
  notebooks: IFunctionNotebooks;
  contents: Pick<Contents.IManager, 'get'>;
  activate: (id: string) => void;
  /** Opens a notebook; false where a page of its own shows it, and the cell in it. */
  openFile: (path: string, cellId: string | null) => Promise<boolean>;
}

/** Finds the cell that a session's function came from: in an open notebook, else in a file of that name. */
export class SessionCells {
  constructor(private readonly _options: IOptions) {}

  /** Opens the cell; null where nothing tells of one. */
  opener(origin: ICellOrigin): (() => Promise<void>) | null {
    return origin.notebook === null && this._elsewhere(origin) === null
      ? null
      : () => this.open(origin);
  }

  /** Shows the cell. Rejects with what is not there: the notebook, or the cell in it. */
  async open(origin: ICellOrigin): Promise<void> {
    if (await this._show(this._open(origin), origin)) {
      return;
    }
    const path = origin.notebook === null ? null : await this._find(origin.notebook);
    if (path === null) {
      if (await this._show(this._elsewhere(origin), origin)) {
        return;
      }
      throw noNotebook(origin);
    }
    const here = await this._options.openFile(path, origin.cell_id);
    if (here && !(await this._show(this._open(origin), origin))) {
      throw noCell(origin);
    }
  }

  /** By its id wherever it stands now, else by its magic's name in the notebook of the deploy. */
  private _open({ name, notebook, cell_id }: ICellOrigin): INotebookFunctions | null {
    const { all } = this._options.notebooks;
    return (
      all.find(one => byId(one, cell_id) >= 0) ??
      all.find(one => fileOf(one) === notebook && byName(one, name) >= 0) ??
      null
    );
  }

  /** In a notebook of another name, where the one of the deploy is not to be found. */
  private _elsewhere({ name }: ICellOrigin): INotebookFunctions | null {
    return this._options.notebooks.all.find(one => byName(one, name) >= 0) ?? null;
  }

  private async _show(open: INotebookFunctions | null, origin: ICellOrigin): Promise<boolean> {
    if (open === null) {
      return false;
    }
    const { panel } = open;
    this._options.activate(panel.id);
    const found = byId(open, origin.cell_id);
    const index = found >= 0 ? found : byName(open, origin.name);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, 'smart');
    return true;
  }

  /** A record knows the notebook's name, not its folder: the root and those of open notebooks are tried. */
  private async _find(notebook: string): Promise<string | null> {
    const folders = this._options.notebooks.all.map(({ panel }) => folderOf(panel.context.path));
    for (const folder of new Set(['', ...folders])) {
      try {
        // A listing answers for a file that is not there without an error in the log.
        const listing = await this._options.contents.get(folder, { content: true });
        if ((listing.content as Contents.IModel[]).some(one => one.name === notebook)) {
          return folder === '' ? notebook : `${folder}/${notebook}`;
        }
      } catch {
        // A folder that is gone holds no notebook.
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

function byId({ panel }: INotebookFunctions, id: string | null): number {
  return id === null ? -1 : panel.content.widgets.findIndex(one => one.model.id === id);
}

function byName({ panel }: INotebookFunctions, name: string): number {
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

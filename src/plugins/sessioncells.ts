import type { CommandRegistry } from '@lumino/commands';
import type { Contents } from '@jupyterlab/services';

import type { ISession } from '../api/session';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

interface IOptions {
  commands: CommandRegistry;
  notebooks: IFunctionNotebooks;
  contents: Contents.IManager;
  activate: (id: string) => void;
}

/** Finds the cell that a session's function came from: in an open notebook, else in a file of that name. */
export class SessionCells {
  constructor(private readonly _options: IOptions) {}

  /** Opens the cell; null where there is none. `found` is called when a file turns up later. */
  opener(session: ISession, found: () => void): (() => Promise<void>) | null {
    const open = this._open(session);
    if (open) {
      return () => this._show(open, session);
    }
    const { notebook } = session;
    if (notebook === null) {
      return null;
    }
    const path = this._files.get(notebook);
    if (path === undefined) {
      void this._look(notebook, found);
      return null;
    }
    return path === null ? null : () => this._openFile(path, session);
  }

  private _open(session: ISession): INotebookFunctions | null {
    return this._options.notebooks.all.find(one => cellIndex(one, session) >= 0) ?? null;
  }

  private async _openFile(path: string, session: ISession): Promise<void> {
    const panel: unknown = await this._options.commands.execute('docmanager:open', { path });
    const ready = (panel as { context?: { ready: Promise<void> } } | undefined)?.context?.ready;
    await ready;
    const open = this._open(session);
    if (open) {
      await this._show(open, session);
    }
  }

  private async _show({ panel }: INotebookFunctions, session: ISession): Promise<void> {
    this._options.activate(panel.id);
    const notebook = this._options.notebooks.of(panel);
    const index = notebook ? cellIndex(notebook, session) : -1;
    if (index >= 0) {
      panel.content.activeCellIndex = index;
      await panel.content.scrollToItem(index, 'smart');
    }
  }

  /** A record knows the notebook's name, not its folder: the root and those of open notebooks are tried. */
  private async _look(notebook: string, found: () => void): Promise<void> {
    this._files.set(notebook, null);
    const folders = this._options.notebooks.all.map(({ panel }) => folderOf(panel.context.path));
    for (const folder of new Set(['', ...folders])) {
      const path = folder === '' ? notebook : `${folder}/${notebook}`;
      try {
        // A listing answers for a file that is not there without an error in the log.
        const listing = await this._options.contents.get(folder, { content: true });
        const files = listing.content as Contents.IModel[];
        if (files.some(one => one.name === notebook)) {
          this._files.set(notebook, path);
          found();
          return;
        }
      } catch {
        // A folder that is gone holds no notebook.
      }
    }
  }

  private readonly _files = new Map<string, string | null>();
}

/** By its id while it stands in the notebook of the deploy, else by the magic's name. */
function cellIndex({ panel }: INotebookFunctions, session: ISession): number {
  const cells = panel.content.widgets;
  const byId = cells.findIndex(one => one.model.id === session.cell_id);
  if (byId >= 0 && session.cell_id !== null) {
    return byId;
  }
  const name = session.name.split('/').pop() ?? session.name;
  const magic = new RegExp(`^\\s*%%(?:function|composition)\\s+${escaped(name)}(?!\\S)`);
  return cells.findIndex(one => magic.test(one.model.sharedModel.getSource()));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

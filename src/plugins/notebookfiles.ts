import { LabShell, type JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { showCell } from '../notebook/showcell';
import type { IFunctionNotebooks } from '../tokens';

/** The start of a URL fragment that names a cell. */
const CELL_FRAGMENT = '#cell-id=';

/** A display time in which two sentences can be read. */
const NOTIFICATION_MS = 15_000;

/** Open a notebook. Resolves with false if the notebook opens in its own page, as in Notebook 7. */
export async function openNotebookFile(
  { commands, serviceManager, shell }: JupyterFrontEnd,
  path: string,
  cellId: string | null
): Promise<boolean> {
  if (!(shell instanceof LabShell)) {
    const { baseUrl } = serviceManager.serverSettings;
    const page = URLExt.join(baseUrl, 'notebooks', URLExt.encodeParts(path));
    window.open(
      `${page}${cellId === null ? '' : CELL_FRAGMENT + encodeURIComponent(cellId)}`,
      '_blank'
    );
    return false;
  }
  const panel: unknown = await commands.execute('docmanager:open', { path });
  await (panel as { context?: { ready: Promise<void> } } | undefined)?.context?.ready;
  return true;
}

/**
 * Scroll to the cell that the URL names. Notebook 7 itself tries to scroll before the notebook is
 * loaded.
 */
export function showCellFromUrl({ shell }: JupyterFrontEnd, notebooks: IFunctionNotebooks): void {
  const { hash } = window.location;
  if (shell instanceof LabShell || !hash.startsWith(CELL_FRAGMENT)) {
    return;
  }
  const show = async (panel: NotebookPanel) => {
    await panel.context.ready;
    const id = decodeURIComponent(hash.slice(CELL_FRAGMENT.length));
    const index = panel.content.widgets.findIndex(one => one.model.id === id);
    if (index >= 0) {
      await showCell(panel.content, index);
      panel.content.activate();
    } else {
      const words = 'This cell is no longer in the notebook.';
      Notification.warning(words, { autoClose: NOTIFICATION_MS });
    }
  };
  const once = () => {
    const [first] = notebooks.all;
    if (first) {
      notebooks.currentChanged.disconnect(once);
      void show(first.panel);
    }
  };
  notebooks.currentChanged.connect(once);
  once();
}

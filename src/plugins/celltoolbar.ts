import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

import { CellDeploy } from '../notebook/celltoolbar';
import { IFaasManager, IFunctionNotebooks } from '../tokens';

/** The names of the toolbar and of the extension's item in `schema/plugin.json`. */
const TOOLBAR = 'Cell';
const ITEM = 'faas-deploy';

export const cellToolbarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:cell-toolbar',
  description:
    'Adds the deployment state and a Deploy button to the toolbars of %%function and %%composition cells.',
  autoStart: true,
  requires: [IFaasManager, IFunctionNotebooks, INotebookTracker],
  optional: [IToolbarWidgetRegistry],
  activate: (
    _: JupyterFrontEnd,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    tracker: INotebookTracker,
    toolbars: IToolbarWidgetRegistry | null
  ) => {
    toolbars?.addFactory<Cell>(TOOLBAR, ITEM, cell => {
      const panel = tracker.find(one => one.content.widgets.includes(cell));
      const notebook = panel ? notebooks.of(panel) : null;
      if (notebook === null) {
        // Cells of consoles and similar widgets cannot contain functions.
        const nothing = new Widget();
        nothing.hide();
        return nothing;
      }
      return new CellDeploy({ cell, notebook, notebooks, manager });
    });
  }
};

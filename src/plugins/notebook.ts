import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { SIDEBAR_ID } from '../commands';
import { markCells } from '../notebook/cellmarks';
import { FunctionNotebooks } from '../notebook/notebooks';
import { Announcer } from '../state/announcer';
import { IFaasManager, IFunctionNotebooks } from '../tokens';
import { notifyOfWarning } from './notifications';

/** The commands with which a user saves a notebook. */
const SAVE_COMMANDS = new Set(['docmanager:save', 'docmanager:save-all']);

/** A display time in which one sentence can be read. */
const SHORT_NOTIFICATION_MS = 5000;

/** A display time in which two sentences can be read. */
const LONG_NOTIFICATION_MS = 15_000;

export const notebookPlugin: JupyterFrontEndPlugin<IFunctionNotebooks> = {
  id: 'jupyter_faas:notebook',
  description: 'Tracks and deploys the %%function and %%composition cells of open notebooks.',
  autoStart: true,
  provides: IFunctionNotebooks,
  requires: [IFaasManager, INotebookTracker],
  activate: (app: JupyterFrontEnd, manager: IFaasManager, tracker: INotebookTracker) => {
    const announcer = new Announcer(document.body);
    const notebooks = new FunctionNotebooks({
      tracker,
      manager,
      activate: id => app.shell.activateById(id),
      createNotebook: async () => {
        // Without the name of a kernel, JupyterLab asks for one.
        const kernelName = app.serviceManager.kernelspecs.specs?.default;
        const made: unknown = await app.commands.execute('notebook:create-new', { kernelName });
        return made instanceof NotebookPanel ? made : null;
      },
      onSuccess: words => announcer.announce(words),
      onUnchanged: words => void Notification.info(words, { autoClose: SHORT_NOTIFICATION_MS }),
      onWarning: notifyOfWarning,
      onFailure: (name, message, hint) => {
        announcer.interrupt(`Deploying ${name} failed. ${message} ${hint}`);
        // If the sidebar is visible, it already shows the error beside the function.
        const shown = [...app.shell.widgets('left')].some(
          widget => widget.id === SIDEBAR_ID && widget.isVisible
        );
        if (!shown) {
          const words = [`Deploying ${name} failed`, message, hint].filter(Boolean).join('\n');
          Notification.error(words, { autoClose: LONG_NOTIFICATION_MS });
        }
      }
    });
    const follow = () => {
      const { current } = notebooks;
      // A notebook that is still loading has no metadata yet.
      if (current === null || current.panel.context.isReady) {
        manager.follow(current?.target ?? null);
      }
    };
    app.commands.commandExecuted.connect((_, { id }) => {
      // Autosave does not use these commands: it must not run cells.
      if (SAVE_COMMANDS.has(id) && notebooks.current !== null) {
        void notebooks.runWatchedCells(notebooks.current);
      }
    });
    notebooks.currentChanged.connect(follow);
    follow();
    notebooks.all.forEach(notebook => markCells(notebook, manager));
    notebooks.added.connect((_, notebook) => markCells(notebook, manager));
    return notebooks;
  }
};

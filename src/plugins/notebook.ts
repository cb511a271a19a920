import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { SIDEBAR_ID } from '../commands';
import { markCells } from '../notebook/cellmarks';
import { FunctionNotebooks } from '../notebook/notebooks';
import { Announcer } from '../state/announcer';
import { IFaasManager, IFunctionNotebooks } from '../tokens';

/** Long enough to read one sentence. */
const NOTE_SHOWN_MS = 5000;

/** Long enough to read two sentences. */
const SENTENCES_SHOWN_MS = 15_000;

export const notebookPlugin: JupyterFrontEndPlugin<IFunctionNotebooks> = {
  id: 'jupyter_faas:notebook',
  description: 'Follows the %%function cells of open notebooks and deploys them.',
  autoStart: true,
  provides: IFunctionNotebooks,
  requires: [IFaasManager, INotebookTracker],
  activate: (app: JupyterFrontEnd, manager: IFaasManager, tracker: INotebookTracker) => {
    const announcer = new Announcer(document.body);
    const notebooks = new FunctionNotebooks({
      tracker,
      manager,
      activate: id => app.shell.activateById(id),
      succeeded: words => announcer.say(words),
      noted: words => void Notification.info(words, { autoClose: NOTE_SHOWN_MS }),
      warned: words => void Notification.warning(words, { autoClose: SENTENCES_SHOWN_MS }),
      failed: (name, message, hint) => {
        announcer.interrupt(`Deploying ${name} failed. ${message} ${hint}`);
        // The sidebar says it beside the function.
        const shown = [...app.shell.widgets('left')].some(
          widget => widget.id === SIDEBAR_ID && widget.isVisible
        );
        if (!shown) {
          const words = [`Deploying ${name} failed`, message, hint].filter(Boolean).join('\n');
          Notification.error(words, { autoClose: SENTENCES_SHOWN_MS });
        }
      }
    });
    notebooks.all.forEach(notebook => markCells(notebook, manager));
    notebooks.added.connect((_, notebook) => markCells(notebook, manager));
    return notebooks;
  }
};

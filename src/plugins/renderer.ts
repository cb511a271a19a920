import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { MIME_TYPE } from '../api/types';
import { withOption } from '../notebook/cells';
import { FaasDisplay } from '../renderer/display';
import { IFaasManager, IFaasSidebar, IFunctionNotebooks, type INotebookFunctions } from '../tokens';
import { openFunctionMenu } from './menus';
import { copyText } from './tell';

/** Before the widget view, which has -10 and says "model not found" in a reopened notebook. */
const RANK = -20;

export const rendererPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:renderer',
  description: 'Draws function cards and activations in outputs.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IFaasManager, IFunctionNotebooks],
  optional: [IFaasSidebar],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    sidebar: IFaasSidebar | null
  ) => {
    const services = {
      manager,
      notebooks,
      sidebar,
      forms: new Map(),
      copy: copyText,
      menu: (name: string, under: HTMLElement) => openFunctionMenu(app.commands, name, under),
      setOption
    };
    rendermime.addFactory(
      {
        // All of a payload is drawn as text, so it may be drawn in notebooks that nobody trusts yet.
        safe: true,
        mimeTypes: [MIME_TYPE],
        createRenderer: () => new FaasDisplay(services)
      },
      RANK
    );
  }
};

function setOption(notebook: INotebookFunctions, name: string, option: string): void {
  const live = notebook.liveNamed(name);
  const cells = notebook.panel.content.widgets;
  const cell = cells.find(one => one.model.id === live?.cellId);
  cell?.model.sharedModel.setSource(withOption(cell.model.sharedModel.getSource(), option));
}

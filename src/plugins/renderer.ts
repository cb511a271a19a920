import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { PartialJSONObject } from '@lumino/coreutils';

import type { IAstNode } from '../api/composition';
import { MIME_TYPE } from '../api/payload';
import type { IFailedLine } from '../api/types';
import { CommandIDs } from '../commands';
import { hasOption } from '../notebook/cells';
import { FaasDisplay } from '../renderer/mimerenderer';
import { openRunsOnClick } from '../renderer/runlinks';
import { FormStore } from '../components/run/formstore';
import { IFaasManager, IFunctionNotebooks, type INotebookFunctions } from '../tokens';
import { setCellOption } from './celloptions';
import { openFunctionMenu } from './menus';
import { copyText } from './notifications';

/**
 * The rank before the widget renderer (-10), which shows "model not found" in a reopened notebook.
 */
const RANK = -20;

export const rendererPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:renderer',
  description: 'Draws function cards and activations in outputs.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IFaasManager, IFunctionNotebooks],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks
  ) => {
    const services = {
      manager,
      notebooks,
      openActivation: (id: string) => void app.commands.execute(CommandIDs.openSession, { id }),
      openLine: (name: string, where: IFailedLine) =>
        void app.commands.execute(CommandIDs.showLine, { name, where: { ...where } }),
      forms: new FormStore(),
      copy: copyText,
      menu: (name: string, under: HTMLElement) =>
        openFunctionMenu(app.commands, manager, name, under),
      setOption: (notebook: INotebookFunctions, name: string, option: string) =>
        void setCellOption(notebook, name, option),
      hasOption,
      invoke: (name: string) => void app.commands.execute(CommandIDs.invokeFunction, { name }),
      openGraph: (name: string, graph: IAstNode) =>
        void app.commands.execute(CommandIDs.openFlow, { name, graph: graph as PartialJSONObject })
    };
    openRunsOnClick(app.shell.node, services.openActivation);
    rendermime.addFactory(
      {
        // Payloads are drawn as text only, so they are safe in untrusted notebooks.
        safe: true,
        mimeTypes: [MIME_TYPE],
        createRenderer: () => new FaasDisplay(services)
      },
      RANK
    );
  }
};

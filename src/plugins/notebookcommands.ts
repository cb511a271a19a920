import type { JupyterFrontEnd } from '@jupyterlab/application';
import { addIcon, refreshIcon } from '@jupyterlab/ui-components';

import { CommandIDs } from '../commands';
import type { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../tokens';
import { NOTHING } from './described';
import { lambdaIcon } from './icons';
import { SIDEBAR_ID } from './ids';

interface IOptions {
  app: JupyterFrontEnd;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  sidebar: IFaasSidebar | null;
}

/** The panel, and cells that are put into the notebook. */
export function addNotebookCommands({ app, manager, notebooks, sidebar }: IOptions): void {
  const { commands } = app;
  const isEnabled = () => notebooks.current !== null;

  commands.addCommand(CommandIDs.openPanel, {
    describedBy: NOTHING,
    label: 'Show Functions and Activations',
    icon: lambdaIcon,
    isVisible: () => sidebar !== null,
    execute: () => app.shell.activateById(SIDEBAR_ID)
  });

  commands.addCommand(CommandIDs.refresh, {
    describedBy: NOTHING,
    label: 'Refresh Functions and Activations',
    icon: refreshIcon,
    execute: () => manager.refresh()
  });

  commands.addCommand(CommandIDs.insertFunction, {
    describedBy: NOTHING,
    label: 'Insert a %%function Cell',
    icon: addIcon,
    isEnabled,
    execute: () => notebooks.insertExample()
  });

  commands.addCommand(CommandIDs.loadKernelHalf, {
    describedBy: NOTHING,
    label: 'Run %load_ext jupyter_faas',
    isEnabled,
    execute: () => notebooks.loadKernelHalf()
  });
}

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { CommandIDs } from '../../commands';
import { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../../tokens';
import { addFunctionCommands } from './functioncommands';
import { addHistoryCommands } from './historycommands';
import { addNotebookCommands } from './notebookcommands';
import { addTargetCommands } from './targetcommands';
import { addTriggerCommands } from './triggercommands';

const IN_PALETTE = [
  CommandIDs.openPanel,
  CommandIDs.deployFunction,
  CommandIDs.cancelDeploy,
  CommandIDs.dismissFailure,
  CommandIDs.invokeFunction,
  CommandIDs.rollBack,
  CommandIDs.showHistory,
  CommandIDs.showCell,
  CommandIDs.copyUrl,
  CommandIDs.copyCurl,
  CommandIDs.removeFunction,
  CommandIDs.fireTrigger,
  CommandIDs.pauseRule,
  CommandIDs.resumeRule,
  CommandIDs.insertFunction,
  CommandIDs.loadKernelHalf,
  CommandIDs.refresh,
  CommandIDs.addTarget,
  CommandIDs.useTarget,
  CommandIDs.followDefault,
  CommandIDs.makeDefault,
  CommandIDs.startPlayground,
  CommandIDs.stopPlayground
];

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:commands',
  description: 'Commands for functions, targets and the playground.',
  autoStart: true,
  requires: [IFaasManager, IFunctionNotebooks],
  optional: [ICommandPalette, IFaasSidebar],
  activate: (
    app: JupyterFrontEnd,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    palette: ICommandPalette | null,
    sidebar: IFaasSidebar | null
  ) => {
    const { commands } = app;
    addFunctionCommands({ commands, manager, notebooks });
    addHistoryCommands({ app, manager, notebooks });
    addTargetCommands({ commands, manager, notebooks });
    addTriggerCommands(commands, manager);
    addNotebookCommands({ commands, manager, notebooks, sidebar });
    for (const command of IN_PALETTE) {
      palette?.addItem({ command, category: 'Functions' });
    }
  }
};

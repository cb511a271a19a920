import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../../commands';
import type { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../../tokens';
import { lambdaIcon } from '../labicons';
import { NO_ARGS } from './commandargs';

interface IOptions {
  commands: CommandRegistry;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  sidebar: IFaasSidebar | null;
}

/** Add the commands for the sidebar and for inserting cells. */
export function addNotebookCommands({ commands, manager, notebooks, sidebar }: IOptions): void {
  const isEnabled = () => notebooks.current !== null;

  commands.addCommand(CommandIDs.openPanel, {
    describedBy: NO_ARGS,
    label: 'Show Functions and Activations',
    icon: lambdaIcon,
    isVisible: () => sidebar !== null,
    execute: () => sidebar?.focusContent()
  });

  commands.addCommand(CommandIDs.refresh, {
    describedBy: NO_ARGS,
    label: 'Refresh Functions and Activations',
    icon: refreshIcon,
    execute: () => manager.refresh()
  });

  commands.addCommand(CommandIDs.insertFunction, {
    describedBy: NO_ARGS,
    label: 'Insert a %%function Cell',
    icon: addIcon,
    execute: () => notebooks.insertExample()
  });

  commands.addCommand(CommandIDs.loadKernelHalf, {
    describedBy: NO_ARGS,
    label: 'Run %load_ext jupyter_faas',
    isEnabled,
    execute: () => notebooks.loadKernelHalf()
  });
}

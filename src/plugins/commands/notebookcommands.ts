import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../../commands';
import type { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../../tokens';
import { lambdaIcon } from '../labicons';
import { NOTHING } from './commandargs';

interface IOptions {
  commands: CommandRegistry;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  sidebar: IFaasSidebar | null;
}

/** The panel, and cells that are put into the notebook. */
export function addNotebookCommands({ commands, manager, notebooks, sidebar }: IOptions): void {
  const isEnabled = () => notebooks.current !== null;

  commands.addCommand(CommandIDs.openPanel, {
    describedBy: NOTHING,
    label: 'Show Functions and Activations',
    icon: lambdaIcon,
    isVisible: () => sidebar !== null,
    execute: () => sidebar?.takeKeyboard()
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

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { CommandIDs, SIDEBAR_ID } from '../commands';
import { EXAMPLE_CELL, LOAD_EXTENSION } from '../notebook/cells';
import { FaasSidebar } from '../sidebar/sidebar';
import { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../tokens';
import { costsIcon, lambdaIcon } from './labicons';
import { openActivationMenu, openFunctionMenu, openTargetMenu } from './menus';
import { copyText } from './notifications';

/** The rank of the sidebar, below JupyterLab's own panels. */
const RANK = 450;

export const sidebarPlugin: JupyterFrontEndPlugin<IFaasSidebar> = {
  id: 'jupyter_faas:sidebar',
  description: 'The sidebar with functions, activations and their cost.',
  autoStart: true,
  provides: IFaasSidebar,
  requires: [IFaasManager, IFunctionNotebooks],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    restorer: ILayoutRestorer | null
  ) => {
    const { commands, shell } = app;
    const run = (id: string, args = {}) => void commands.execute(id, args);
    const sidebar = new FaasSidebar({
      id: SIDEBAR_ID,
      manager,
      notebooks,
      icon: lambdaIcon,
      costsIcon,
      example: [LOAD_EXTENSION, EXAMPLE_CELL],
      openCosts: () => run(CommandIDs.openCosts),
      setBudget: () => run(CommandIDs.setBudget),
      activate: id => shell.activateById(id),
      functionActions: {
        deploy: name => run(CommandIDs.deployFunction, { name }),
        cancel: name => run(CommandIDs.cancelDeploy, { name }),
        dismiss: name => run(CommandIDs.dismissFailure, { name }),
        openCell: name => run(CommandIDs.showCell, { name }),
        menu: (row, under) => openFunctionMenu(commands, manager, row.name, under),
        insertExample: () => run(CommandIDs.insertFunction),
        loadKernelHalf: () => run(CommandIDs.loadKernelHalf),
        copy: copyText
      },
      activationActions: {
        copy: copyText,
        open: id => run(CommandIDs.openSession, { id }),
        openLine: (name, where) => run(CommandIDs.showLine, { name, where: { ...where } }),
        menu: (row, under) => openActivationMenu(commands, row, under)
      },
      targetActions: {
        refresh: () => run(CommandIDs.refresh),
        checkAgain: () => run(CommandIDs.refresh),
        menu: under => openTargetMenu(commands, manager, under),
        startPlayground: () => run(CommandIDs.startPlayground),
        useTarget: name => run(CommandIDs.useTarget, { name }),
        addTarget: name => run(CommandIDs.addTarget, { name }),
        copy: copyText
      }
    });
    shell.add(sidebar, 'left', { rank: RANK });
    restorer?.add(sidebar, SIDEBAR_ID);
    return sidebar;
  }
};

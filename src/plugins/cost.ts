import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';

import { CommandIDs } from '../commands';
import { CostModel } from '../costmodel';
import { CostBody } from '../costs/body';
import { IFaasManager, IFunctionNotebooks } from '../tokens';
import { addCostCommands } from './costcommands';
import { NOTHING } from './described';
import { addDocument, asDocument, bringForward } from './documents';
import { costsIcon } from './icons';
import { memorySetter } from './options';
import { copyText } from './tell';

const ID = 'jupyter_faas:costs';

const COMMANDS = [
  CommandIDs.openCosts,
  CommandIDs.setBudget,
  CommandIDs.keepWarm,
  CommandIDs.stopKeepingWarm
];

export const costPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:cost',
  description: 'What functions cost, in the main area.',
  autoStart: true,
  requires: [IFaasManager, IFunctionNotebooks],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<MainAreaWidget<CostBody>>({ namespace: 'jupyter_faas-cost' });

    commands.addCommand(CommandIDs.openCosts, {
      describedBy: NOTHING,
      // With a name it stands in the menu of that function.
      label: args => (typeof args.name === 'string' ? 'Open costs' : 'Open Costs'),
      mnemonic: args => (typeof args.name === 'string' ? 8 : -1),
      caption: 'What functions cost, what would be cheaper, and when something always on is',
      icon: costsIcon,
      isVisible: args => typeof args.name !== 'string' || manager.functionNamed(args.name) !== null,
      execute: async () => {
        if (!tracker.currentWidget) {
          const widget = costWidget();
          addDocument(shell, widget);
          await tracker.add(widget);
        }
        bringForward(shell, ID);
      }
    });
    addCostCommands(commands, manager, notebooks);
    for (const command of COMMANDS) {
      palette?.addItem({ command, category: 'Functions' });
    }
    void restorer?.restore(tracker, { command: CommandIDs.openCosts, name: () => 'costs' });

    function costWidget(): MainAreaWidget<CostBody> {
      manager.ensure();
      const model = new CostModel({ manager });
      const content = new CostBody({
        model,
        manager,
        actions: {
          copy: copyText,
          startPlayground: () => void commands.execute(CommandIDs.startPlayground),
          checkAgain: () => void manager.refresh().then(() => model.refresh()),
          setMemory: name => memorySetter(notebooks, name),
          setBudget: () => void commands.execute(CommandIDs.setBudget),
          keepWarm: (name, question) =>
            void commands.execute(CommandIDs.keepWarm, { name, ...question }),
          stopKeepingWarm: name => void commands.execute(CommandIDs.stopKeepingWarm, { name })
        }
      });
      // A notebook that is opened or closed has or had cells to write into.
      notebooks.currentChanged.connect(content.update, content);
      return asDocument(content, { id: ID, label: 'Function costs', icon: costsIcon });
    }
  }
};

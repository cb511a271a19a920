import type { MainAreaWidget } from '@jupyterlab/apputils';

import { CommandIDs } from '../commands';
import { CostsPageBody } from '../documents/costs/body';
import { CostsModel } from '../state/costsmodel';
import { memorySetter } from './celloptions';
import { NO_ARGS } from './commands/commandargs';
import { addCostsCommands } from './commands/costscommands';
import { documentPlugin } from './documentplugin';
import { costsIcon } from './labicons';
import { copyText } from './notifications';
import { createDocument } from './shelldocuments';

const ID = 'jupyter_faas:costs';

export const costsPlugin = documentPlugin({
  id: 'jupyter_faas:cost',
  description: 'The cost view in the main area.',
  activate: ({ app, manager, notebooks, inPalette, startPlayground, trackDocuments }) => {
    const { commands } = app;
    const documents = trackDocuments<CostsPageBody>({
      namespace: 'cost',
      command: CommandIDs.openCosts,
      key: () => 'costs'
    });

    commands.addCommand(CommandIDs.openCosts, {
      describedBy: NO_ARGS,
      // With a name, the label is an item of that function's menu.
      label: args => (typeof args.name === 'string' ? 'Open costs' : 'Open Costs'),
      mnemonic: args => (typeof args.name === 'string' ? 8 : -1),
      caption:
        'Show the cost of functions, possible savings, and when an always-on server is cheaper',
      icon: costsIcon,
      isVisible: args => typeof args.name !== 'string' || manager.functionNamed(args.name) !== null,
      execute: async () => {
        await documents.open('costs', costsWidget);
      }
    });
    addCostsCommands(commands, manager, notebooks);
    inPalette(
      CommandIDs.openCosts,
      CommandIDs.setBudget,
      CommandIDs.keepWarm,
      CommandIDs.stopKeepingWarm
    );

    function costsWidget(): MainAreaWidget<CostsPageBody> {
      manager.refreshOnce();
      const model = new CostsModel({ manager });
      const content = new CostsPageBody({
        model,
        manager,
        actions: {
          copy: copyText,
          startPlayground,
          setMemory: name => memorySetter(notebooks, name),
          setBudget: () => void commands.execute(CommandIDs.setBudget),
          keepWarm: (name, question) =>
            void commands.execute(CommandIDs.keepWarm, { name, ...question }),
          stopKeepingWarm: name => void commands.execute(CommandIDs.stopKeepingWarm, { name })
        }
      });
      // When a notebook is opened or closed, other cells can be edited.
      notebooks.currentChanged.connect(content.update, content);
      return createDocument(content, { id: ID, label: 'Costs', icon: costsIcon });
    }
  }
});

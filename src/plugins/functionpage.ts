import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';

import { CommandIDs } from '../commands';
import { FunctionPageBody, type IPageActions } from '../pages/body';
import { FunctionPageModel } from '../pages/model';
import { IFaasManager, IFunctionNotebooks } from '../tokens';
import { chooseFunction } from './choosing';
import { ONE_FUNCTION } from './described';
import { addDocument, asDocument, bringForward } from './documents';
import { flowIcon, lambdaIcon } from './icons';
import { copyText, download } from './tell';

export const functionPagePlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:function-page',
  description: 'The pages of functions in the main area, for those who use them.',
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
    const tracker = new WidgetTracker<MainAreaWidget<FunctionPageBody>>({
      namespace: 'jupyter_faas-function-page'
    });
    const names = () => manager.functions.map(one => one.name);

    commands.addCommand(CommandIDs.openFunction, {
      describedBy: ONE_FUNCTION,
      label: args => (typeof args.name === 'string' ? 'Open page' : 'Open Page of Function'),
      mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
      caption: 'What a function takes and answers, and how it is used from elsewhere',
      icon: lambdaIcon,
      isEnabled: args => typeof args.name === 'string' || names().length > 0,
      isVisible: args => typeof args.name !== 'string' || names().includes(args.name),
      execute: async args => {
        const name = await chooseFunction(args, names(), 'Open the page of', notebooks);
        if (name === null) {
          return;
        }
        const there = tracker.find(widget => widget.content.model.name === name);
        if (there) {
          bringForward(shell, there.id);
          return;
        }
        const widget = pageWidget(name);
        addDocument(shell, widget);
        await tracker.add(widget);
        bringForward(shell, widget.id);
      }
    });
    palette?.addItem({ command: CommandIDs.openFunction, category: 'Functions' });
    void restorer?.restore(tracker, {
      command: CommandIDs.openFunction,
      args: widget => ({ name: widget.content.model.name }),
      name: widget => widget.content.model.name
    });

    function pageWidget(name: string): MainAreaWidget<FunctionPageBody> {
      manager.ensure();
      const model = new FunctionPageModel({ name, manager });
      const content = new FunctionPageBody({ model, manager, actions: actionsOf(name) });
      const widget = asDocument(content, { id: `jupyter_faas:function:${name}`, label: name });
      widget.title.caption = `Function ${name}`;
      const draw = () => {
        const composition = manager.functionNamed(name)?.composition ?? false;
        widget.title.icon = composition ? flowIcon : lambdaIcon;
      };
      model.changed.connect(draw);
      draw();
      return widget;
    }

    function actionsOf(name: string): IPageActions {
      return {
        copy: copyText,
        download,
        invoke: params => manager.invoke(name, params),
        linkTo: ({ id }) => ({
          href: manager.api.activationUrl(id),
          open: () => void commands.execute(CommandIDs.openSession, { id })
        }),
        history: () => void commands.execute(CommandIDs.showHistory, { name }),
        openGraph: () => void commands.execute(CommandIDs.openFlow, { name }),
        cell: () => {
          const notebook = notebooks.all.find(one => one.liveNamed(name) !== null);
          return notebook
            ? () => {
                shell.activateById(notebook.panel.id);
                void notebooks.show(notebook, name);
              }
            : null;
        }
      };
    }
  }
};

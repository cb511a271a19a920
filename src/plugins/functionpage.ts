import { Notification, type MainAreaWidget } from '@jupyterlab/apputils';
import { historyIcon } from '@jupyterlab/ui-components';

import type { IRollout, RolloutEnd } from '../api/rollouts';
import { CommandIDs } from '../commands';
import { askToEndRollout } from '../dialogs/rollout';
import { FunctionPageBody } from '../documents/function/body';
import { FunctionPageModel, type PageTab } from '../documents/function/model';
import type { IPageActions } from '../documents/function/props';
import { chooseFunction } from './commands/choosefunction';
import { FUNCTION_ARGS } from './commands/commandargs';
import { documentPlugin } from './documentplugin';
import { flowIcon, lambdaIcon } from './labicons';
import { copyText, download, notifyOfWarning, notifyOnError, showProgress } from './notifications';
import { createDocument } from './shelldocuments';

export const functionPagePlugin = documentPlugin({
  id: 'jupyter_faas:function-page',
  description: 'The pages of functions in the main area.',
  activate: ({ app, manager, notebooks, inPalette, startPlayground, trackDocuments }) => {
    const { commands, shell } = app;
    const documents = trackDocuments<FunctionPageBody>({
      namespace: 'function-page',
      command: CommandIDs.openFunction,
      key: ({ model }) => model.name,
      args: ({ model }) => ({ name: model.name })
    });
    const names = () => manager.functions.map(one => one.name);

    commands.addCommand(CommandIDs.openFunction, {
      describedBy: FUNCTION_ARGS,
      label: args => (typeof args.name === 'string' ? 'Open page' : 'Open Function Page'),
      mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
      caption: 'Show the parameters and result of a function, and how to call it',
      icon: lambdaIcon,
      isEnabled: args => typeof args.name === 'string' || names().length > 0,
      isVisible: args => typeof args.name !== 'string' || names().includes(args.name),
      execute: async args => {
        const name = await chooseFunction(
          args,
          names(),
          'Open the page of which function?',
          notebooks
        );
        if (name !== null) {
          await open(name, 'overview');
        }
      }
    });
    commands.addCommand(CommandIDs.showHistory, {
      describedBy: FUNCTION_ARGS,
      label: args => (typeof args.name === 'string' ? 'Show history' : 'Show Function History'),
      mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
      caption: 'Show the deploys of a function, with users and changes',
      icon: historyIcon,
      isEnabled: () => names().length > 0,
      isVisible: args => typeof args.name !== 'string' || names().includes(args.name),
      execute: async args => {
        const name = await chooseFunction(
          args,
          names(),
          'Show the history of which function?',
          notebooks
        );
        if (name !== null) {
          await open(name, 'history');
        }
      }
    });
    inPalette(CommandIDs.openFunction);

    async function open(name: string, tab: PageTab): Promise<void> {
      const there = await documents.open(name, () => pageWidget(name, tab));
      if (there !== null) {
        there.content.model.tab = tab;
      }
    }

    function pageWidget(name: string, tab: PageTab): MainAreaWidget<FunctionPageBody> {
      manager.refreshOnce();
      const model = new FunctionPageModel({ name, manager, notebooks, tab });
      const content = new FunctionPageBody({ model, manager, actions: actionsOf(name) });
      const widget = createDocument(content, { id: `jupyter_faas:function:${name}`, label: name });
      widget.title.caption = `Function ${name}`;
      const draw = () => {
        const composition = manager.functionNamed(name)?.composition ?? false;
        widget.title.icon = composition ? flowIcon : lambdaIcon;
      };
      model.changed.connect(draw);
      draw();
      return widget;
    }

    async function endRollout(
      name: string,
      end: RolloutEnd,
      kind: IRollout['kind']
    ): Promise<void> {
      if (!(await askToEndRollout(name, end, kind))) {
        return;
      }
      const [doing, done] =
        end === 'promote' ? ['Promoting', 'promoted'] : ['Discarding', 'discarded'];
      const what = `the new version of ${name}`;
      await notifyOnError(`${doing} ${what}`, async () => {
        const { warning } = await showProgress(`${doing} ${what}…`, () =>
          manager.api.endRollout(name, end)
        );
        await manager.refresh();
        Notification.success(`The new version of ${name} was ${done}.`, { autoClose: 5000 });
        notifyOfWarning(warning);
      });
    }

    function actionsOf(name: string): IPageActions {
      return {
        copy: copyText,
        download,
        startPlayground,
        invoke: params => manager.invoke(name, params),
        resume: () => manager.resume(name),
        linkTo: ({ id }) => ({
          href: manager.api.activationUrl(id),
          open: () => void commands.execute(CommandIDs.openSession, { id }),
          openLine: where =>
            void commands.execute(CommandIDs.showLine, { name, where: { ...where } })
        }),
        rollBack: to => void commands.execute(CommandIDs.rollBack, { name, to }),
        endRollout: (end, kind) => void endRollout(name, end, kind),
        openActivation: id => void commands.execute(CommandIDs.openSession, { id }),
        openGraph: () => void commands.execute(CommandIDs.openFlow, { name }),
        cell: () => {
          const notebook = notebooks.all.find(one => one.cellNamed(name) !== null);
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
});

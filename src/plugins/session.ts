import type { PartialJSONObject } from '@lumino/coreutils';
import { Dialog, InputDialog, type MainAreaWidget, showDialog } from '@jupyterlab/apputils';
import { launchIcon } from '@jupyterlab/ui-components';

import type { ISession } from '../api/session';
import { CommandIDs } from '../commands';
import { SessionBody } from '../documents/activation/body';
import { SessionModel } from '../documents/activation/model';
import type { ISessionActions } from '../documents/activation/props';
import { curlCommand } from '../format/curl';
import { callText } from '../format/python';
import { memorySetter } from './celloptions';
import { ACTIVATION_ARGS, LINE_ARGS, RUN_ARGS } from './commands/commandargs';
import { documentPlugin } from './documentplugin';
import { cellIcon, flowIcon, lambdaIcon } from './labicons';
import { openNotebookFile, showCellFromUrl } from './notebookfiles';
import { copyText, showErrorDialog, notifyOnError, showProgress } from './notifications';
import { SessionCells, type ICellOrigin } from './sessioncells';
import { createDocument, activateDocument } from './shelldocuments';

/** The number of characters of an id in a tab title. */
const TAB_ID = 6;

const NO_CELL = 'Cannot open the cell';

export const sessionPlugin = documentPlugin({
  id: 'jupyter_faas:session',
  description: 'The documents of activations in the main area.',
  activate: ({ app, manager, notebooks, inPalette, startPlayground, trackDocuments }) => {
    const { commands, shell } = app;
    const documents = trackDocuments<SessionBody>({
      namespace: 'session',
      command: CommandIDs.openSession,
      key: ({ model }) => model.id,
      args: ({ model: { id, target, chosenTab } }) => ({
        id,
        ...(target && { target }),
        ...(chosenTab && { tab: chosenTab })
      })
    });
    const { contents } = app.serviceManager;
    const activate = (id: string) => activateDocument(shell, id);
    const openFile = (path: string, cellId: string | null) => openNotebookFile(app, path, cellId);
    const cells = new SessionCells({ notebooks, contents, activate, openFile });
    showCellFromUrl(app, notebooks);
    const open = (id: string, target?: string) =>
      void commands.execute(CommandIDs.openSession, { id, ...(target && { target }) });

    commands.addCommand(CommandIDs.openSession, {
      describedBy: ACTIVATION_ARGS,
      label: args => (typeof args.id === 'string' ? 'Open activation' : 'Open Activation…'),
      mnemonic: args => (typeof args.id === 'string' ? 0 : -1),
      caption: 'Show the result, path and cost of an activation',
      icon: launchIcon,
      execute: async args => {
        const id = typeof args.id === 'string' ? args.id : await askForId();
        const tab = stringArg(args.tab);
        if (id !== null) {
          const target = stringArg(args.target);
          await documents.open(id, () => sessionWidget(id, tab, target));
        }
      }
    });
    inPalette(CommandIDs.openSession);

    // This command is only in the menu of an activation, which passes the function's name.
    commands.addCommand(CommandIDs.openCell, {
      describedBy: RUN_ARGS,
      label: 'Open cell',
      mnemonic: 5,
      caption: 'Show the cell that the function came from',
      icon: cellIcon,
      isVisible: ({ id, name }) =>
        typeof id === 'string' && typeof name === 'string' && hasOrigin(name),
      execute: async ({ id }) => {
        if (typeof id === 'string') {
          await showErrorDialog(NO_CELL, async () => cells.open(await manager.api.session(id)));
        }
      }
    });

    commands.addCommand(CommandIDs.showLine, {
      describedBy: LINE_ARGS,
      label: 'Show line',
      caption: 'Show the line of the notebook at which a run failed',
      isVisible: ({ name }) => typeof name === 'string',
      execute: async ({ name, where }) => {
        if (typeof name === 'string') {
          await showErrorDialog(NO_CELL, () => cells.openLine(originOf(name), where as never));
        }
      }
    });

    function originOf(name: string): ICellOrigin {
      return { name, notebook: manager.functionNamed(name)?.notebook ?? null, cell_id: null };
    }

    function sessionWidget(id: string, tab?: string, target?: string): MainAreaWidget<SessionBody> {
      manager.refreshOnce();
      const model = new SessionModel({ id, manager, tab, target });
      const own = { ...actions, open: (other: string) => open(other, model.target ?? undefined) };
      const content = new SessionBody({ model, manager, notebooks, actions: own });
      const widget = createDocument(content, {
        id: `jupyter_faas:session:${id}`,
        icon: lambdaIcon
      });
      const name = () => {
        const { session } = model;
        widget.title.label = `${session?.name ?? 'Activation'} · ${id.slice(0, TAB_ID)}`;
        widget.title.caption = `Activation ${id}`;
        widget.title.icon = session && session.kind !== 'function' ? flowIcon : lambdaIcon;
      };
      model.changed.connect(name);
      name();
      let saved = model.chosenTab;
      model.changed.connect(() => {
        if (saved !== model.chosenTab) {
          saved = model.chosenTab;
          documents.save(widget);
        }
      });
      return widget;
    }

    const actions: ISessionActions = {
      open,
      openCell,
      openLine: (name, where) =>
        void commands.execute(CommandIDs.showLine, { name, where: { ...where } }),
      copy: copyText,
      startPlayground,
      replay: session => void notifyOnError(`Running ${session.name} again`, () => replay(session)),
      editAndRun: ({ name }, params) =>
        void commands.execute(CommandIDs.invokeFunction, {
          name,
          params: params as PartialJSONObject
        }),
      hasCell: ({ name }) => notebooks.all.some(one => one.cellNamed(name) !== null),
      replayHere: ({ id, name }) =>
        void notifyOnError(`Replaying ${name}`, async () => {
          // The error of a cell that fails is shown below the cell.
          if (await notebooks.runIfOutdated(name)) {
            await notebooks.insertCell(name, `%faas replay ${name} --run ${id}`, true);
          }
        }),
      intoNotebook: ({ name }, params) =>
        void notebooks.insertCell(name, callText(variableOf(name), params), false),
      cancel: ({ id, name }) =>
        void notifyOnError(`Cancelling ${name}`, async () => {
          await manager.api.cancelRun(id);
          void manager.refreshActivations();
        }),
      page: name => deployedOnly(CommandIDs.openFunction, name),
      history: name => deployedOnly(CommandIDs.showHistory, name),
      curl: (session, params) => {
        const deployed = manager.functionNamed(session.name);
        const { status, target } = manager;
        const isHere = target !== null && target.name === session.activation.target;
        return deployed === null || status === null || !isHere
          ? null
          : curlCommand(target, status.data_dir, deployed, params);
      },
      setMemory: name => memorySetter(notebooks, name)
    };

    function deployedOnly(command: string, name: string): (() => void) | null {
      return manager.functionNamed(name) && (() => void commands.execute(command, { name }));
    }

    function openCell(session: ISession): (() => void) | null {
      const opener = cells.opener(session);
      return opener && (() => void showErrorDialog(NO_CELL, opener));
    }

    /** The name of a function in the notebook, which differs if OpenWhisk does not allow it. */
    function variableOf(name: string): string {
      const cells = notebooks.all.map(one => one.cellNamed(name));
      return cells.find(one => one !== null)?.variable ?? name;
    }

    function hasOrigin(name: string): boolean {
      return (
        (manager.functionNamed(name)?.notebook ?? null) !== null ||
        notebooks.all.some(one => one.cellNamed(name) !== null)
      );
    }

    async function replay(session: ISession): Promise<void> {
      const { target } = session.activation;
      const label = manager.targetOf(target)?.label ?? target;
      const answer = await showDialog({
        title: `Run ${session.name} again?`,
        body: `The version of ${session.name} that is deployed to ${label} runs with the input of this activation. All side effects of the function occur again.`,
        buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Run again' })]
      });
      if (!answer.button.accept) {
        return;
      }
      const { id } = await showProgress(`Running ${session.name} again…`, () =>
        manager.api.at(target).replay(session.id)
      );
      void manager.refreshActivations();
      open(id, target);
    }
  }
});

function stringArg(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function askForId(): Promise<string | null> {
  const answer = await InputDialog.getText({
    title: 'Open which activation?',
    label: 'Activation ID',
    okLabel: 'Open'
  });
  return answer.button.accept ? answer.value?.trim() || null : null;
}

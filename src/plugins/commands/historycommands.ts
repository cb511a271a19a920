import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { undoIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { FaasError } from '../../api/errors';
import type { IDeploy, IHistory } from '../../api/history';
import { CommandIDs } from '../../commands';
import { askToOverwrite, askToRollBack } from '../../dialogs/rollback';
import { deployBefore, deployKey } from '../../documents/function/history/model';
import { ageInWords, localMessage, version } from '../../format/format';
import type { IFaasManager, IFunctionNotebooks } from '../../tokens';
import { notifyOfWarning, notifyOnError, showProgress } from '../notifications';
import { chooseFunction } from './choosefunction';
import { ROLLBACK_ARGS } from './commandargs';

type Args = ReadonlyPartialJSONObject;

/** A display time in which one sentence can be read. */
const NOTIFICATION_MS = 5000;

interface IOptions {
  app: JupyterFrontEnd;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
}

/** Add the command that rolls a function back. */
export function addHistoryCommands({ app, manager, notebooks }: IOptions): void {
  const { commands } = app;
  const backTo = (args: Args) =>
    typeof args.name === 'string' ? (manager.functionNamed(args.name)?.back_to ?? null) : null;

  commands.addCommand(CommandIDs.rollBack, {
    describedBy: ROLLBACK_ARGS,
    label: args => {
      const to = backTo(args);
      return to === null ? 'Roll Back Function…' : `Roll back to ${version(to)}…`;
    },
    mnemonic: args => (typeof args.name === 'string' ? 0 : -1),
    caption: 'Deploy an earlier version again',
    icon: undoIcon,
    isEnabled: args => manager.isUpToDate && (typeof args.name !== 'string' || canRollBack(args)),
    isVisible: args => typeof args.name !== 'string' || canRollBack(args),
    execute: async args => {
      const names = manager.functions.filter(one => one.back_to).map(one => one.name);
      const name = await chooseFunction(args, names, 'Roll back which function?', notebooks);
      if (name !== null) {
        const to = typeof args.to === 'string' ? args.to : null;
        await notifyOnError(`Rolling ${name} back`, () => rollBack(name, to));
      }
    }
  });

  function canRollBack(args: Args): boolean {
    return typeof args.to === 'string' || backTo(args) !== null;
  }

  async function rollBack(name: string, to: string | null): Promise<void> {
    const history = await manager.api.history(name);
    const deploy = deployToRestore(history, to);
    if (!deploy) {
      throw new Error('There is no earlier version.');
    }
    const question = {
      name,
      version: version(deploy.version),
      targetLabel: history.target_label,
      origin: originOf(deploy)
    };
    if (!(await askToRollBack(question))) {
      return;
    }
    const word = deployKey(deploy, history.deploys);
    const send = (force: boolean) =>
      showProgress(`Rolling ${name} back to ${question.version}…`, () =>
        manager.rollback(name, word, force)
      );
    const done = await confirmOverwrite(name, send);
    if (done) {
      const words = done.unchanged
        ? `${version(done.version)} of ${name} already has that package.`
        : `Rolled ${name} back to the package of ${question.version}, as ${version(done.version)}.`;
      Notification.success(words, { autoClose: NOTIFICATION_MS });
      notifyOfWarning(done.warning);
    }
  }
}

function deployToRestore({ deploys, back_to }: IHistory, to: string | null): IDeploy | undefined {
  if (to !== null) {
    return deploys.find(one => one.version === to || one.bundle.startsWith(to));
  }
  const current = deploys.find(one => one.current);
  return current ? deployBefore(current, deploys) : deploys.find(one => one.version === back_to);
}

/**
 * Do some work, and ask the user before the work overwrites a change by someone else. Resolves with
 * null if the user declines.
 */
async function confirmOverwrite<T>(
  name: string,
  work: (force: boolean) => Promise<T>
): Promise<T | null> {
  try {
    return await work(false);
  } catch (error) {
    if (!(error instanceof FaasError) || error.code !== 'changed_elsewhere') {
      throw error;
    }
    return (await askToOverwrite(name, localMessage(error.parts))) ? await work(true) : null;
  }
}

function originOf({ version: number, deployed, user, notebook }: IDeploy): string {
  const by = user ? ` by ${user}` : '';
  const from = notebook ? ` from ${notebook}` : '';
  return `${version(number)} was deployed ${ageInWords(deployed, Date.now())}${by}${from}.`;
}

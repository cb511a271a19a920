import { Dialog, showDialog } from '@jupyterlab/apputils';
import { copyIcon, deleteIcon, runIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IDeployedFunction, IKernelFunction } from '../../api/types';
import { isObject, type Json, type JsonObject } from '../../api/values';
import { CommandIDs } from '../../commands';
import { FormStore } from '../../components/run/formstore';
import { prefilledForm } from '../../components/run/invokeform';
import { showInvokeDialog } from '../../dialogs/invoke';
import { COPIED_WITHOUT_KEY, curlCommand } from '../../format/curl';
import { hasFailed, isBusy, type IDeployJob } from '../../state/functionstate';
import type { IFaasManager, IFunctionNotebooks, IFunctionRule } from '../../tokens';
import { cellIcon, deployIcon } from '../labicons';
import { copyText, notifyOfWarning, notifyOnError } from '../notifications';
import { chooseFunction } from './choosefunction';
import { FUNCTION_ARGS, INVOKE_ARGS } from './commandargs';

type Args = ReadonlyPartialJSONObject;

interface IOptions {
  commands: CommandRegistry;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
}

/**
 * Add the commands on one function. The function is named by `{ name }`; without a name, it is the
 * function of the active cell or the user's choice.
 */
export function addFunctionCommands({ commands, manager, notebooks }: IOptions): void {
  const forms = new FormStore();

  const live = () => notebooks.current?.cells.map(one => one.name) ?? [];
  const deployed = () => manager.functions.map(one => one.name);
  const canUse = (names: () => string[]) => (args: Args) =>
    typeof args.name !== 'string' || names().includes(args.name);

  /**
   * Return the functions of this notebook whose deploy job matches. If the arguments name a
   * function, only that function is considered.
   */
  const withJob = ({ name }: Args, is: (job: IDeployJob | null) => boolean) =>
    live().filter(
      one => (typeof name !== 'string' || one === name) && is(notebooks.current?.job(one) ?? null)
    );

  const choose = (args: Args, names: string[], question: string) =>
    chooseFunction(args, names, question, notebooks);

  const chooseDeployed = async (
    args: Args,
    question: string
  ): Promise<IDeployedFunction | null> => {
    const name = await choose(args, deployed(), question);
    return name === null ? null : manager.functionNamed(name);
  };

  commands.addCommand(CommandIDs.deployFunction, {
    describedBy: FUNCTION_ARGS,
    label: args => (typeof args.name === 'string' ? 'Deploy' : 'Deploy Function'),
    caption: 'Deploy a function of this notebook. If its cell has changed, the cell runs first.',
    icon: deployIcon,
    isEnabled: () => live().length > 0,
    execute: async args => {
      const name = await choose(args, live(), 'Deploy which function?');
      const { current } = notebooks;
      if (name !== null && current !== null) {
        await notebooks.deploy(current, name);
      }
    }
  });

  commands.addCommand(CommandIDs.cancelDeploy, {
    describedBy: FUNCTION_ARGS,
    label: 'Cancel Deploy',
    isEnabled: args => withJob(args, isBusy).length > 0,
    execute: async args => {
      const name = await choose(
        args,
        withJob(args, isBusy),
        'Cancel the deploy of which function?'
      );
      const { current } = notebooks;
      if (current !== null && name !== null) {
        notebooks.cancel(current, name);
      }
    }
  });

  commands.addCommand(CommandIDs.dismissFailure, {
    describedBy: FUNCTION_ARGS,
    label: 'Dismiss Failed Deploy',
    isEnabled: args => withJob(args, hasFailed).length > 0,
    execute: async args => {
      const name = await choose(
        args,
        withJob(args, hasFailed),
        'Dismiss the failed deploy of which function?'
      );
      const { current } = notebooks;
      if (current !== null && name !== null) {
        notebooks.dismiss(current, name);
      }
    }
  });

  commands.addCommand(CommandIDs.invokeFunction, {
    describedBy: INVOKE_ARGS,
    label: args => (typeof args.name === 'string' ? 'Invoke…' : 'Invoke Function…'),
    mnemonic: args => (typeof args.name === 'string' ? 0 : -1),
    caption: 'Call a deployed function',
    icon: runIcon,
    isEnabled: args => manager.isUpToDate && deployed().length > 0 && canUse(deployed)(args),
    isVisible: canUse(deployed),
    execute: async args => {
      const one = await chooseDeployed(args, 'Invoke which function?');
      if (one === null) {
        return;
      }
      const schema = one.schema ?? kernelFunction(notebooks, one.name)?.schema ?? null;
      const params = isObject(args.params as Json) ? (args.params as JsonObject) : null;
      await showInvokeDialog({
        name: one.name,
        targetLabel: manager.target?.label ?? '',
        schema,
        example: kernelFunction(notebooks, one.name)?.example,
        form: params ? prefilledForm(schema, params) : forms.get(one.name),
        onEdited: form => forms.set(one.name, form),
        invoke: given => manager.invoke(one.name, given),
        cancel: since => manager.api.cancelCall(one.name, since),
        resume: () => manager.resume(one.name),
        linkTo: ({ id }, close) => ({
          href: manager.api.activationUrl(id),
          open: () => {
            close();
            void commands.execute(CommandIDs.openSession, { id });
          },
          openLine: where => {
            close();
            void commands.execute(CommandIDs.showLine, { name: one.name, where: { ...where } });
          }
        })
      });
    }
  });

  commands.addCommand(CommandIDs.showCell, {
    describedBy: FUNCTION_ARGS,
    label: args => (typeof args.name === 'string' ? 'Show cell' : 'Show Function Cell'),
    mnemonic: args => (typeof args.name === 'string' ? 0 : -1),
    icon: cellIcon,
    isEnabled: () => live().length > 0,
    isVisible: canUse(live),
    execute: async args => {
      const name = await choose(args, live(), 'Show the cell of which function?');
      const { current } = notebooks;
      if (name !== null && current !== null) {
        await notebooks.show(current, name);
      }
    }
  });

  commands.addCommand(CommandIDs.copyUrl, {
    describedBy: FUNCTION_ARGS,
    label: args => (typeof args.name === 'string' ? 'Copy URL' : 'Copy Function URL'),
    mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
    icon: copyIcon,
    isEnabled: () => deployed().length > 0,
    isVisible: canUse(deployed),
    execute: async args => {
      const one = await chooseDeployed(args, 'Copy the URL of which function?');
      if (one !== null) {
        copyText(one.url, `Copied the URL of ${one.name}`);
      }
    }
  });

  const curlOf = (one: IDeployedFunction) =>
    manager.target === null || manager.status === null
      ? null
      : curlCommand(
          manager.target,
          manager.status.data_dir,
          one,
          kernelFunction(notebooks, one.name)?.example ?? undefined
        );
  commands.addCommand(CommandIDs.copyCurl, {
    describedBy: FUNCTION_ARGS,
    label: args => (typeof args.name === 'string' ? 'Copy as curl' : 'Copy Function as curl'),
    mnemonic: args => (typeof args.name === 'string' ? 8 : -1),
    caption: 'Copy a shell command that calls the function and reads the key from its file',
    icon: copyIcon,
    isEnabled: () => manager.functions.some(one => curlOf(one) !== null),
    isVisible: args => {
      const one = typeof args.name === 'string' ? manager.functionNamed(args.name) : null;
      return typeof args.name !== 'string' || (one !== null && curlOf(one) !== null);
    },
    execute: async args => {
      const one = await chooseDeployed(args, 'Copy which function as curl?');
      const command = one && curlOf(one);
      if (command) {
        copyText(command, COPIED_WITHOUT_KEY);
      }
    }
  });

  commands.addCommand(CommandIDs.removeFunction, {
    describedBy: FUNCTION_ARGS,
    label: args =>
      typeof args.name === 'string' ? 'Remove from target…' : 'Remove Function from Target…',
    mnemonic: args => (typeof args.name === 'string' ? 0 : -1),
    icon: deleteIcon,
    isEnabled: () => manager.isUpToDate && deployed().length > 0,
    isVisible: canUse(deployed),
    execute: async args => {
      const one = await chooseDeployed(args, 'Remove which function?');
      if (one === null) {
        return;
      }
      const label = manager.target?.label ?? 'the target';
      const answer = await showDialog({
        title: `Remove ${one.name} from ${label}?`,
        body: [
          'Its URL stops working immediately. Its cell, its package and its activations are kept.',
          ...manager.triggers.of(one.name).map(orphanedRuleNote)
        ].join(' '),
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Remove' })]
      });
      if (answer.button.accept) {
        await notifyOnError(`Removing ${one.name}`, async () =>
          notifyOfWarning((await manager.remove(one.name))?.warning)
        );
      }
    }
  });
}

function orphanedRuleNote({ rule, trigger, active }: IFunctionRule): string {
  return active
    ? `The rule ${rule} is kept and will fail when ${trigger} fires.`
    : `The paused rule ${rule} is kept and will fail if it is resumed.`;
}

/**
 * Return the kernel's data about a function, for schemas and examples that the target does not
 * have.
 */
function kernelFunction(notebooks: IFunctionNotebooks, name: string): IKernelFunction | null {
  const { current } = notebooks;
  const live = current?.cellNamed(name);
  return current && live ? current.kernelFunction(live) : null;
}

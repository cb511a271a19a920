import { InputDialog } from '@jupyterlab/apputils';
import { checkIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import type { ITarget } from '../../api/types';
import { CommandIDs } from '../../commands';
import { hostOf } from '../../format/format';
import type { IFaasManager } from '../../tokens';
import { told } from '../notifications';
import { NOTHING, ONE_TARGET } from './commandargs';

interface IOptions {
  commands: CommandRegistry;
  manager: IFaasManager;
}

/** Where functions go, and the playground's switch. */
export function addTargetCommands({ commands, manager }: IOptions): void {
  const named = (name: unknown): ITarget | undefined =>
    manager.status?.targets.find(one => one.name === name);
  const playground = () =>
    manager.status?.targets.find(one => one.kind === 'playground')?.state ?? 'unknown';

  commands.addCommand(CommandIDs.useTarget, {
    describedBy: ONE_TARGET,
    label: args => named(args.name)?.label ?? 'Choose Target…',
    caption: args => {
      const target = named(args.name);
      return target ? aside(target) : 'Choose where functions are deployed';
    },
    icon: args => (named(args.name) && manager.target?.name === args.name ? checkIcon : undefined),
    isToggleable: false,
    isEnabled: () => manager.status !== null,
    execute: async args => {
      const targets = manager.status?.targets ?? [];
      let target = named(args.name);
      if (!target) {
        const answer = await InputDialog.getItem({
          title: 'Deploy functions to which target?',
          items: targets.map(one => one.label),
          current: targets.findIndex(one => one.name === manager.target?.name)
        });
        target = targets.find(one => answer.button.accept && one.label === answer.value);
      }
      const chosen = target;
      if (chosen && chosen.name !== manager.target?.name) {
        await told(`Using ${chosen.label}`, () => manager.useTarget(chosen.name));
      }
    }
  });

  commands.addCommand(CommandIDs.startPlayground, {
    describedBy: NOTHING,
    label: 'Start the playground',
    icon: runIcon,
    isEnabled: () => manager.status !== null && playground() !== 'running',
    isVisible: () => playground() !== 'running',
    execute: () => told('Starting the playground', () => manager.startPlayground())
  });

  commands.addCommand(CommandIDs.stopPlayground, {
    describedBy: NOTHING,
    label: 'Stop the playground',
    icon: stopIcon,
    isEnabled: () => playground() === 'running',
    isVisible: () => playground() === 'running',
    execute: () => told('Stopping the playground', () => manager.stopPlayground())
  });
}

/** What stands at the right of a target in the menu. */
function aside(target: ITarget): string {
  return [standing(target), target.insecure && 'insecure'].filter(Boolean).join(', ');
}

function standing(target: ITarget): string {
  switch (target.state) {
    case 'unknown':
    case 'reachable':
      return target.label === hostOf(target.apihost) ? '' : hostOf(target.apihost);
    case 'unreachable':
      return 'not reachable';
    case 'unauthorized':
      return 'key refused';
    default:
      return target.state;
  }
}

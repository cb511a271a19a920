import { Notification } from '@jupyterlab/apputils';
import { addIcon, checkIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { describeError, FaasError } from '../../api/errors';
import type { IEndedRun, ITarget } from '../../api/types';
import { CommandIDs } from '../../commands';
import {
  askForTarget,
  emptyTarget,
  type IFormProblem,
  type ITargetQuestion
} from '../../dialogs/addtarget';
import { askToChoose } from '../../dialogs/choose';
import { hostOf, plural, shortId } from '../../format/format';
import type { IFaasManager, IFunctionNotebooks } from '../../tokens';
import { notifyOnError, showProgress } from '../notifications';
import { ADD_TARGET_ARGS, NO_ARGS, TARGET_ARGS } from './commandargs';

/** A display time in which two sentences can be read. */
const NOTIFICATION_MS = 8000;

/** The largest number of ended runs that a notification names: JupyterLab shows 140 characters. */
const MAX_ENDED = 3;

interface IOptions {
  commands: CommandRegistry;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
}

/**
 * Add the commands that choose the target and start or stop the playground. With `{ menu: true }`,
 * their labels are in sentence case, as in the sidebar's menu; those of the palette are titles.
 */
export function addTargetCommands({ commands, manager, notebooks }: IOptions): void {
  const named = (name: unknown): ITarget | undefined =>
    manager.status?.targets.find(one => one.name === name);
  const playground = () =>
    manager.status?.targets.find(one => one.kind === 'playground')?.state ?? 'unknown';

  const recorded = () => notebooks.current?.target ?? null;
  const defaultLabel = () => named(manager.status?.default)?.label ?? manager.status?.default ?? '';
  const canBeDefault = () =>
    recorded() !== null &&
    manager.target !== null &&
    manager.target.name !== manager.status?.default;

  commands.addCommand(CommandIDs.useTarget, {
    describedBy: TARGET_ARGS,
    label: args => named(args.name)?.label ?? 'Choose Target…',
    caption: args => {
      const target = named(args.name);
      return target ? targetCaption(target) : 'Choose where functions are deployed';
    },
    icon: args => (named(args.name) && manager.target?.name === args.name ? checkIcon : undefined),
    isToggleable: false,
    isEnabled: () => manager.status !== null,
    execute: async args => {
      const targets = manager.status?.targets ?? [];
      let target = named(args.name);
      if (!target) {
        const chosen = await askToChoose({
          title: 'Deploy functions to which target?',
          label: 'Target',
          okLabel: 'Choose',
          items: targets.map(one => one.label),
          current: targets.findIndex(one => one.name === manager.target?.name)
        });
        target = chosen === null ? undefined : targets[chosen];
      }
      const chosen = target;
      if (!chosen) {
        return;
      }
      const { current } = notebooks;
      if (current !== null) {
        current.setTarget(chosen.name);
      } else if (chosen.name !== manager.target?.name) {
        await notifyOnError(`Using ${chosen.label}`, () => manager.setDefaultTarget(chosen.name));
      }
    }
  });

  commands.addCommand(CommandIDs.addTarget, {
    describedBy: ADD_TARGET_ARGS,
    label: ({ menu }) => (menu ? 'Add a target…' : 'Add a Target…'),
    caption: 'Add a host where functions can be deployed',
    icon: addIcon,
    isEnabled: () => manager.status !== null,
    execute: ({ name }) =>
      notifyOnError('Adding a target', () => addTarget(typeof name === 'string' ? name : ''))
  });

  commands.addCommand(CommandIDs.followDefault, {
    describedBy: NO_ARGS,
    label: ({ menu }) => `Use the ${menu ? 'default' : 'Default Target'} (${defaultLabel()})`,
    caption: 'Use the default target in this notebook instead of a target chosen for it',
    isEnabled: () => manager.status !== null && recorded() !== null,
    isVisible: () => recorded() !== null,
    execute: () => notebooks.current?.setTarget(null)
  });

  commands.addCommand(CommandIDs.makeDefault, {
    describedBy: NO_ARGS,
    label: ({ menu }) =>
      `Make ${manager.target?.label ?? 'It'} the ${menu ? 'default' : 'Default Target'}`,
    caption: 'Use this target in every notebook for which no other target was chosen',
    isEnabled: () => canBeDefault(),
    isVisible: () => canBeDefault(),
    execute: async () => {
      const { target } = manager;
      if (target !== null) {
        await notifyOnError(`Using ${target.label}`, () => manager.setDefaultTarget(target.name));
      }
    }
  });

  commands.addCommand(CommandIDs.startPlayground, {
    describedBy: NO_ARGS,
    label: ({ menu }) => `Start the ${menu ? 'playground' : 'Playground'}`,
    icon: runIcon,
    isEnabled: () => manager.status !== null && playground() !== 'running',
    isVisible: () => playground() !== 'running',
    execute: () => notifyOnError('Starting the playground', () => manager.startPlayground())
  });

  commands.addCommand(CommandIDs.stopPlayground, {
    describedBy: NO_ARGS,
    label: ({ menu }) => `Stop the ${menu ? 'playground' : 'Playground'}`,
    icon: stopIcon,
    isEnabled: () => playground() === 'running',
    isVisible: () => playground() === 'running',
    execute: () =>
      notifyOnError('Stopping the playground', async () => {
        const ended = await manager.stopPlayground();
        if (ended.length > 0) {
          Notification.warning(endedRunsText(ended), { autoClose: false });
        }
      })
  });

  async function addTarget(name: string): Promise<void> {
    const { profiles } = await manager.api.profiles();
    let question: ITargetQuestion = { profiles, values: { ...emptyTarget(profiles), name } };
    for (;;) {
      const answer = await askForTarget(question);
      if (answer === undefined) {
        return;
      }
      const { values, force } = answer;
      try {
        const added = await showProgress(`Contacting ${values.name || 'the target'}…`, () =>
          manager.api.addTarget(values, force)
        );
        const notify = added.ok && added.warnings.length === 0 ? 'success' : 'warning';
        Notification[notify](added.lines.join('\n'), { autoClose: NOTIFICATION_MS });
        // The target must be listed before it can be used.
        await manager.refresh();
        // Without a notebook this would choose the default target of all notebooks.
        if (notebooks.current !== null) {
          await commands.execute(CommandIDs.useTarget, { name: added.name });
        }
        return;
      } catch (error) {
        question = { profiles, values, problem: problemOf(error) };
      }
    }
  }
}

function problemOf(error: unknown): IFormProblem {
  const known = error instanceof FaasError ? error : undefined;
  return {
    ...describeError(error),
    field: known?.field,
    untested: known?.code === 'target_test_failed'
  };
}

/** Return the caption of a target in the menu. */
function targetCaption(target: ITarget): string {
  return [targetState(target), target.insecure && 'insecure'].filter(Boolean).join(', ');
}

function targetState(target: ITarget): string {
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

/** Return a message that names the runs that the stop of the playground ended. */
function endedRunsText(ended: readonly IEndedRun[]): string {
  const shown = ended
    .slice(0, MAX_ENDED)
    .map(run => `${run.name} (${shortId(run.activation_id)})`)
    .join(', ');
  const more = ended.length - MAX_ENDED;
  const names = more > 0 ? `${shown} and ${more} more` : shown;
  return `Ended ${plural(ended.length, 'run')}: ${names}. They may already have had effects.`;
}

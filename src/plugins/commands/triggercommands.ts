import { Notification } from '@jupyterlab/apputils';
import { runIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../../commands';
import { askToChoose } from '../../dialogs/choose';
import type { IFaasManager, IFunctionRule } from '../../tokens';
import { pauseIcon } from '../labicons';
import { notifyOnError } from '../notifications';
import { RULE_ARGS } from './commandargs';

type Args = ReadonlyPartialJSONObject;

/** A display time in which one sentence can be read. */
const NOTIFICATION_MS = 5000;

/** A rule with the function that it runs. */
interface INamedRule extends IFunctionRule {
  name: string;
}

/**
 * Add the commands on triggers and rules. Their arguments are `{ name, rule }`; without them, the
 * user is asked.
 */
export function addTriggerCommands(commands: CommandRegistry, manager: IFaasManager): void {
  const all = (): INamedRule[] =>
    manager.functions.flatMap(({ name }) =>
      manager.triggers.of(name).map(run => ({ ...run, name }))
    );
  const named = ({ name, rule }: Args): INamedRule | null =>
    all().find(one => one.name === name && one.rule === rule) ?? null;
  const asks = (args: Args) => typeof args.rule !== 'string';
  /** Return whether the named rule, or any rule if none is named, has this `active` state. */
  const canUse = (args: Args, active: boolean) =>
    asks(args) ? all().some(one => one.active === active) : named(args)?.active === active;
  const labelled = (verb: string, end: string) => (args: Args) =>
    asks(args) ? `${verb} Trigger…` : `${verb} ${named(args)?.trigger ?? 'trigger'}${end}`;

  commands.addCommand(CommandIDs.fireTrigger, {
    describedBy: RULE_ARGS,
    label: labelled('Fire', ' now'),
    caption: 'Run every function that has an active rule for this trigger',
    icon: runIcon,
    isEnabled: args => manager.isUpToDate && canUse(args, true),
    execute: async args => {
      const one = await chooseRule(args, 'Fire', true);
      if (one !== null) {
        await notifyOnError(`Firing ${one.trigger}`, () => fire(one.trigger));
      }
    }
  });

  commands.addCommand(CommandIDs.pauseRule, {
    describedBy: RULE_ARGS,
    label: labelled('Pause', ''),
    caption: 'The trigger keeps firing, but does not run this function',
    icon: pauseIcon,
    isEnabled: args => manager.isUpToDate && (!asks(args) || canUse(args, true)),
    isVisible: args => asks(args) || canUse(args, true),
    execute: args => setActive(args, 'Pause', false)
  });

  commands.addCommand(CommandIDs.resumeRule, {
    describedBy: RULE_ARGS,
    label: labelled('Resume', ''),
    icon: runIcon,
    isEnabled: args => manager.isUpToDate && (!asks(args) || canUse(args, false)),
    isVisible: args => asks(args) || canUse(args, false),
    execute: args => setActive(args, 'Resume', true)
  });

  async function chooseRule(args: Args, verb: string, active: boolean): Promise<INamedRule | null> {
    if (!asks(args)) {
      return named(args);
    }
    const runs = all().filter(one => one.active === active);
    if (runs.length < 2) {
      return runs[0] ?? null;
    }
    const words = runs.map(({ trigger, name }) => `${trigger}, which runs ${name}`);
    const chosen = await askToChoose({
      title: `${verb} which trigger?`,
      label: 'Trigger',
      items: words,
      okLabel: verb
    });
    return chosen === null ? null : (runs[chosen] ?? null);
  }

  async function setActive(args: Args, verb: string, active: boolean): Promise<void> {
    const one = await chooseRule(args, verb, !active);
    if (one !== null) {
      const doing = active ? 'Resuming' : 'Pausing';
      await notifyOnError(`${doing} ${one.trigger}`, () =>
        manager.triggers.setActive(one.rule, active)
      );
    }
  }

  async function fire(trigger: string): Promise<void> {
    const { runs } = await manager.triggers.fire(trigger);
    void manager.refreshActivations();
    const failed = runs.filter(run => run.activation === null);
    if (failed.length > 0) {
      throw new Error(failed.map(run => `${run.action}: ${run.error}`).join('\n'));
    }
    Notification.success(`Fired ${trigger}`, { autoClose: NOTIFICATION_MS });
  }
}

import { Notification } from '@jupyterlab/apputils';
import { runIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import type { IFaasManager, IRunBy } from '../tokens';
import { ONE_RULE } from './described';
import { told } from './tell';

type Args = ReadonlyPartialJSONObject;

/** Long enough to read one sentence. */
const NOTE_SHOWN_MS = 5000;

/** What can be done with that which runs a function: `{ name, rule }`. */
export function addTriggerCommands(commands: CommandRegistry, manager: IFaasManager): void {
  const meant = ({ name, rule }: Args): IRunBy | null =>
    (typeof name === 'string'
      ? manager.triggers.of(name).find(one => one.rule === rule)
      : undefined) ?? null;
  const nameOf = (args: Args) => meant(args)?.trigger ?? 'trigger';

  commands.addCommand(CommandIDs.fireTrigger, {
    describedBy: ONE_RULE,
    label: args => `Fire ${nameOf(args)} now`,
    caption: 'Runs everything that waits for this trigger',
    icon: runIcon,
    isEnabled: args => manager.known && meant(args)?.active === true,
    execute: async args => {
      const one = meant(args);
      if (one !== null) {
        await told(`Firing ${one.trigger}`, () => fire(one.trigger));
      }
    }
  });

  commands.addCommand(CommandIDs.pauseRule, {
    describedBy: ONE_RULE,
    label: args => `Pause ${nameOf(args)}`,
    caption: 'The trigger goes on firing, and does not run this function',
    isEnabled: () => manager.known,
    isVisible: args => meant(args)?.active === true,
    execute: args => setActive(args, false)
  });

  commands.addCommand(CommandIDs.resumeRule, {
    describedBy: ONE_RULE,
    label: args => `Resume ${nameOf(args)}`,
    isEnabled: () => manager.known,
    isVisible: args => meant(args)?.active === false,
    execute: args => setActive(args, true)
  });

  async function setActive(args: Args, active: boolean): Promise<void> {
    const one = meant(args);
    if (one !== null) {
      const verb = active ? 'Resuming' : 'Pausing';
      await told(`${verb} ${one.trigger}`, () => manager.triggers.setActive(one.rule, active));
    }
  }

  async function fire(trigger: string): Promise<void> {
    const { runs } = await manager.triggers.fire(trigger);
    void manager.refreshActivations();
    const failed = runs.filter(run => run.activation === null);
    if (failed.length > 0) {
      throw new Error(failed.map(run => `${run.action}: ${run.error}`).join('\n'));
    }
    Notification.success(`Fired ${trigger}`, { autoClose: NOTE_SHOWN_MS });
  }
}

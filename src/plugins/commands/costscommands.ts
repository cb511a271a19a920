import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ICostsQuery } from '../../api/costs';
import { describeError } from '../../api/errors';
import { CommandIDs } from '../../commands';
import { askForBudget } from '../../dialogs/budget';
import { askToKeepWarm, askToStopKeepingWarm } from '../../dialogs/keepwarm';
import { periodStart } from '../../format/periods';
import { keepWarmRule, keepWarmTriggerName } from '../../state/triggers';
import type { IFaasManager, IFunctionNotebooks } from '../../tokens';
import { notifyOnError } from '../notifications';
import { chooseFunction } from './choosefunction';
import { KEEP_WARM_ARGS, NO_ARGS, FUNCTION_ARGS } from './commandargs';

type Args = ReadonlyPartialJSONObject;

/** A display time in which one sentence can be read. */
const NOTIFICATION_MS = 5000;

/** Add the commands for the budget and for keeping functions warm. */
export function addCostsCommands(
  commands: CommandRegistry,
  manager: IFaasManager,
  notebooks: IFunctionNotebooks
): void {
  const names = (warm: boolean) =>
    manager.functions
      .map(one => one.name)
      .filter(name => (keepWarmRule(manager.triggers, name) !== null) === warm);

  commands.addCommand(CommandIDs.setBudget, {
    describedBy: NO_ARGS,
    label: 'Set Budget…',
    caption: 'Set the monthly budget of the target',
    isEnabled: () => manager.target !== null,
    execute: () => notifyOnError('Setting the budget', setBudget)
  });

  commands.addCommand(CommandIDs.keepWarm, {
    describedBy: KEEP_WARM_ARGS,
    label: 'Keep Function Warm…',
    caption: 'Call a function every few minutes to avoid cold starts',
    isEnabled: () => manager.isUpToDate && names(false).length > 0,
    execute: async args => {
      const name = await chooseFunction(args, names(false), 'Keep which function warm?', notebooks);
      if (name !== null) {
        await notifyOnError(`Keeping ${name} warm`, () => keepWarm(name, args));
      }
    }
  });

  commands.addCommand(CommandIDs.stopKeepingWarm, {
    describedBy: FUNCTION_ARGS,
    label: 'Stop Keeping Function Warm…',
    isEnabled: () => manager.isUpToDate && names(true).length > 0,
    execute: async args => {
      const name = await chooseFunction(
        args,
        names(true),
        'Stop keeping which function warm?',
        notebooks
      );
      const by = name === null ? null : keepWarmRule(manager.triggers, name);
      if (name !== null && by !== null && (await askToStopKeepingWarm(name, by.trigger))) {
        await notifyOnError(`Removing ${by.trigger}`, () => manager.triggers.remove(by.trigger));
      }
    }
  });

  async function setBudget(): Promise<void> {
    // The budget can be set even while the target is unreachable.
    const budget = await manager.api.costs({ since: periodStart('today', Date.now()) }).then(
      report => report.budget,
      () => undefined
    );
    const targetLabel = manager.target?.label ?? 'the target';
    let text = budget?.usd_per_month ?? '';
    let problem: string | undefined;
    for (;;) {
      const removable = budget !== null;
      const typed = await askForBudget({ targetLabel, text, removable, problem });
      if (typed === undefined) {
        return;
      }
      try {
        await manager.budget.set(typed);
        return;
      } catch (error) {
        const { message, hint } = describeError(error);
        problem = [message, hint].filter(Boolean).join(' ');
        text = typed ?? text;
      }
    }
  }

  async function keepWarm(name: string, { prices, since }: Args): Promise<void> {
    const question: ICostsQuery = {
      since: typeof since === 'number' ? since : periodStart('month', Date.now()),
      ...(typeof prices === 'string' ? { prices } : {})
    };
    const report = await manager.api.costs(question);
    const rule = report.functions.find(one => one.name === name)?.keep_warm?.rule;
    if (!rule) {
      throw new Error(
        `${name} was not called in this period, so the cost of a call is not known. Invoke it once.`
      );
    }
    const { examples, schema, preset } = await manager.api.page(name);
    const params = examples[0]?.params ?? null;
    const required = (schema?.required ?? []).filter(one => !preset.includes(one));
    const trigger = keepWarmTriggerName(name);
    const minutes = Math.round(rule.every_s / 60);
    const agreed = await askToKeepWarm({
      name,
      targetLabel: manager.target?.label ?? 'the target',
      minutes,
      price: rule.text,
      prices: report.prices.label,
      trigger,
      params,
      missing: params === null ? required : []
    });
    if (agreed) {
      const every = `${minutes}m`;
      await manager.triggers.create({ name: trigger, every, run: name, params: params ?? {} });
      Notification.success(`${trigger} calls ${name} every ${minutes} minutes`, {
        autoClose: NOTIFICATION_MS
      });
    }
  }
}

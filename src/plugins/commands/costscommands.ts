import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ICostsQuery } from '../../api/costs';
import { errorWords } from '../../api/errors';
import { CommandIDs } from '../../commands';
import { askForBudget } from '../../dialogs/budget';
import { askToKeepWarm, askToStopKeepingWarm } from '../../dialogs/keepwarm';
import { beginOf } from '../../format/periods';
import { warmedBy, warmTrigger } from '../../state/triggers';
import type { IFaasManager, IFunctionNotebooks } from '../../tokens';
import { told } from '../notifications';
import { chooseFunction } from './choosefunction';
import { KEEP_WARM, NOTHING, ONE_FUNCTION } from './commandargs';

type Args = ReadonlyPartialJSONObject;

/** Long enough to read one sentence. */
const NOTE_SHOWN_MS = 5000;

/** What may be spent, and what is spent on warmth. */
export function addCostsCommands(
  commands: CommandRegistry,
  manager: IFaasManager,
  notebooks: IFunctionNotebooks
): void {
  const names = (warm: boolean) =>
    manager.functions
      .map(one => one.name)
      .filter(name => (warmedBy(manager.triggers, name) !== null) === warm);

  commands.addCommand(CommandIDs.setBudget, {
    describedBy: NOTHING,
    label: 'Set Budget…',
    caption: 'What may be spent on the target in a month',
    isEnabled: () => manager.target !== null,
    execute: () => told('Setting the budget', setBudget)
  });

  commands.addCommand(CommandIDs.keepWarm, {
    describedBy: KEEP_WARM,
    label: 'Keep Function Warm…',
    caption: 'Call a function every few minutes, so that none of its calls is a cold start',
    isEnabled: () => manager.known && names(false).length > 0,
    execute: async args => {
      const name = await chooseFunction(args, names(false), 'Keep warm', notebooks);
      if (name !== null) {
        await told(`Keeping ${name} warm`, () => keepWarm(name, args));
      }
    }
  });

  commands.addCommand(CommandIDs.stopKeepingWarm, {
    describedBy: ONE_FUNCTION,
    label: 'Stop Keeping Function Warm…',
    isEnabled: () => manager.known && names(true).length > 0,
    execute: async args => {
      const name = await chooseFunction(args, names(true), 'Stop keeping warm', notebooks);
      const by = name === null ? null : warmedBy(manager.triggers, name);
      if (name !== null && by !== null && (await askToStopKeepingWarm(name, by.trigger))) {
        await told(`Removing ${by.trigger}`, () => manager.triggers.remove(by.trigger));
      }
    }
  });

  async function setBudget(): Promise<void> {
    // A target that does not answer can have a budget all the same.
    const budget = await manager.api.costs({ since: beginOf('today', Date.now()) }).then(
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
        const { message, hint } = errorWords(error);
        problem = [message, hint].filter(Boolean).join(' ');
        text = typed ?? text;
      }
    }
  }

  async function keepWarm(name: string, { prices, since }: Args): Promise<void> {
    const question: ICostsQuery = {
      since: typeof since === 'number' ? since : beginOf('month', Date.now()),
      ...(typeof prices === 'string' ? { prices } : {})
    };
    const report = await manager.api.costs(question);
    const rule = report.functions.find(one => one.name === name)?.keep_warm?.rule;
    if (!rule) {
      throw new Error(
        `${name} was not called in that time, so nothing tells what a call costs. Invoke it once.`
      );
    }
    const { examples, schema, preset } = await manager.api.page(name);
    const params = examples[0]?.params ?? null;
    const required = (schema?.required ?? []).filter(one => !preset.includes(one));
    const trigger = warmTrigger(name);
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
        autoClose: NOTE_SHOWN_MS
      });
    }
  }
}

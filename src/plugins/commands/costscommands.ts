import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ICostsQuery, IFunctionCost } from '../../api/costs';
import { describeError } from '../../api/errors';
import type { ISchema, JsonObject } from '../../api/values';
import { CommandIDs } from '../../commands';
import { parseJsonObject } from '../../components/run/formfields';
import { askForBudget } from '../../dialogs/budget';
import { askToKeepWarm, askToStopKeepingWarm } from '../../dialogs/keepwarm';
import { day } from '../../format/format';
import { periodStart } from '../../format/periods';
import { sampleParams } from '../../format/sampleparams';
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
    const targetLabel = manager.target?.label ?? 'the target';
    const cost = report.functions.find(one => one.name === name);
    const rule = cost?.keep_warm?.rule;
    if (!rule) {
      const composition = manager.functionNamed(name)?.composition === true;
      const kind = cost?.kind ?? (composition ? 'composition' : 'function');
      if (kind !== 'function') {
        throw new Error(`Only functions can be kept warm, and ${name} is a ${kind}.`);
      }
      throw new Error(whyNotKeptWarm(name, cost, report.since, targetLabel));
    }
    const { examples, schema, preset } = await manager.api.page(name);
    const required = (schema?.required ?? []).filter(one => !preset.includes(one));
    const { params: proposed, origin } = await inputFor(name, examples[0]?.params, schema, preset);
    const trigger = keepWarmTriggerName(name);
    const minutes = Math.round(rule.every_s / 60);
    let text = JSON.stringify(proposed, null, 2);
    let problem: string | undefined;
    for (;;) {
      const typed = await askToKeepWarm({
        name,
        targetLabel,
        minutes,
        price: rule.text,
        prices: report.prices.label,
        trigger,
        text,
        origin,
        problem
      });
      if (typed === null) {
        return;
      }
      text = typed;
      const read = parseJsonObject(typed);
      if ('problem' in read) {
        problem = read.problem;
        continue;
      }
      const missing = required.filter(one => !(one in read.params));
      if (missing.length > 0) {
        problem = `${name} needs ${missing.join(', ')}. Without this input, each call would fail.`;
        continue;
      }
      const every = `${minutes}m`;
      await manager.triggers.create({ name: trigger, every, run: name, params: read.params });
      Notification.success(`${trigger} calls ${name} every ${minutes} minutes`, {
        autoClose: NOTIFICATION_MS
      });
      return;
    }
  }

  /**
   * Return the input that the dialog proposes: that of the first `--test`, of the latest successful
   * run, if its input was recorded, or example values of the declared types.
   */
  async function inputFor(
    name: string,
    example: JsonObject | undefined,
    schema: ISchema | null,
    preset: readonly string[]
  ): Promise<{ params: JsonObject; origin: string }> {
    if (example !== undefined) {
      return { params: example, origin: 'This is the input of the first --test.' };
    }
    const last = manager.activations?.find(one => one.name === name && one.ok);
    const kept = last && (await manager.api.keptInput(last.id).catch(() => null));
    if (kept?.input && kept.input.lacking.length === 0) {
      return {
        params: kept.input.params,
        origin: 'This is the input of the latest successful run.'
      };
    }
    const values = Object.entries(sampleParams(schema)).filter(
      ([one]) => schema?.required?.includes(one) && !preset.includes(one)
    );
    return {
      params: Object.fromEntries(values),
      origin:
        schema === null
          ? 'The parameters of this function are not known.'
          : values.length === 0
            ? 'The function needs no input.'
            : 'Replace the example values with your own.'
    };
  }
}

/** Say why the price of keeping a function warm is not known. */
function whyNotKeptWarm(
  name: string,
  cost: IFunctionCost | undefined,
  since: number,
  label: string
): string {
  if (cost === undefined) {
    const start = since === 0 ? '' : ` since ${day(since)}`;
    return `No calls of ${name}${start} were found, so the cost of a call is not known. Invoke it once.`;
  }
  return cost.memory_mb === null
    ? `The memory limit of ${name} is unknown or has changed, so the cost of a call is not known.`
    : `Keeping functions warm requires the alarms package, which ${label} does not have.`;
}

import { Dialog, showDialog } from '@jupyterlab/apputils';

import type { JsonObject } from '../api/values';
import { jsonTokens } from '../format/json';

export interface IKeepWarmQuestion {
  name: string;
  targetLabel: string;
  minutes: number;
  /** The monthly price, with the price list that it comes from. */
  price: string;
  prices: string;
  trigger: string;
  /** The parameters of the scheduled calls; null if there is no example. */
  params: JsonObject | null;
  /** The required parameters whose values are not known. */
  missing: readonly string[];
}

export async function askToKeepWarm(question: IKeepWarmQuestion): Promise<boolean> {
  const { name, targetLabel, minutes, price, prices, trigger, params, missing } = question;
  const given = params === null ? 'without parameters' : `with ${oneLine(params)}`;
  const fails =
    missing.length === 0
      ? ''
      : ` These calls do not pass ${missing.join(', ')}, so each call fails, but the function stays warm.`;
  const answer = await showDialog({
    title: `Keep ${name} warm for ${price} a month?`,
    body: `On ${targetLabel}, the trigger ${trigger} will call the function every ${minutes} minutes ${given}. These calls have the same side effects as any other call. At the prices of ${prices}, this costs ${fails && 'at most '}${price} a month.${fails}`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Keep warm' })]
  });
  return answer.button.accept;
}

/** Return JSON on one line, with spaces at which a dialog can wrap it. */
function oneLine(params: JsonObject): string {
  return jsonTokens(params, Infinity)
    .map(token => token.text)
    .join('');
}

export async function askToStopKeepingWarm(name: string, trigger: string): Promise<boolean> {
  const answer = await showDialog({
    title: `Stop keeping ${name} warm?`,
    body: `The trigger ${trigger} and its rule are removed. After a period without calls, the next call is a cold start.`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Stop' })]
  });
  return answer.button.accept;
}

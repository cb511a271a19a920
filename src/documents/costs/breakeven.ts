/**
 * The comparison of functions with an always-on server: the data of the chart, and the chart as
 * text. Pure functions.
 */

import type { ICostsReport, IBreakEven, IFunctionCost } from '../../api/costs';
import { count, share } from '../../format/format';
import { amount, ratio, times, usd, type IAmount } from '../../format/money';

/** The name of the chart of all functions together. */
export const ALL_FUNCTIONS = 'all functions';

export interface IBreakEvenChart {
  /** The name of the function, or {@link ALL_FUNCTIONS}. */
  name: string;
  crossing: IBreakEven;
  /** Amounts in USD. Floats are exact enough for positions in a chart. */
  perCall: number;
  perMonth: number;
  /**
   * The number of calls per month at the current rate, and their cost; null if there is no rate.
   */
  now: { calls: number; usd: number; text: string } | null;
}

/**
 * Return the chart of one function, or of all functions for null. The result is null if there is
 * nothing to compare.
 */
export function breakEvenChart(
  report: ICostsReport,
  one: IFunctionCost | null
): IBreakEvenChart | null {
  const { total } = report;
  const crossing = (one ?? total).always_on;
  const cost = (one ?? total).cost_usd;
  const { calls } = one ?? total;
  if (crossing === null || cost === null || calls === 0) {
    return null;
  }
  const perCall = Number(cost) / calls;
  const pace = crossing.calls_per_month;
  return {
    name: one?.name ?? ALL_FUNCTIONS,
    crossing,
    perCall,
    perMonth: Number(crossing.usd_per_month),
    now:
      pace === null
        ? null
        : {
            calls: pace,
            usd: perCall * pace,
            text: usd(divide(times(amount(cost), whole(pace)), calls))
          }
  };
}

/** Return a sentence that describes the chart. */
export function chartSentence({ name, crossing, now }: IBreakEvenChart): string {
  const price = `an always-on server (${crossing.label}, ${crossing.text} a month)`;
  const callees = name === ALL_FUNCTIONS ? 'across all functions' : `to ${name}`;
  const pace =
    now && ` Currently, there are ${count(now.calls)} calls a month, which cost ${now.text}.`;
  const crossed = crossing.reached
    ? `With more than ${count(crossing.calls)} calls a month ${callees}, ${price} is cheaper.`
    : `Even if calls ${callees} run one after another without a pause, they cost less than ${price}.`;
  return `${crossed}${pace ?? ''}`;
}

/**
 * Return a pair such as `22.3%` and `of the price of a server (EC2 t3.medium, 4 GB)`, or null if
 * there is no rate or nothing to compare with.
 */
export function breakEvenShare({
  total: { always_on: found }
}: ICostsReport): [string, string] | null {
  return found === null || found.share === null
    ? null
    : [share(found.share), `of the price of a server (${found.label})`];
}

/**
 * Return the minimum share of a function's cost that less memory saves, from 0 to 1. Null if there
 * is no advice or no cost.
 */
export function savedShare({ advice, cost_usd: cost }: IFunctionCost): number | null {
  return advice === null || cost === null
    ? null
    : ratio(amount(advice.least_saved_usd), amount(cost));
}

function whole(value: number): IAmount {
  return { units: BigInt(value), scale: 0 };
}

/** Divide an amount, and keep more digits than are displayed. */
function divide({ units, scale }: IAmount, by: number): IAmount {
  return { units: (units * 1_000_000n) / BigInt(by), scale: scale + 6 };
}

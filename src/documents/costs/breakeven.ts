/** Functions against something always on: what the chart shows, and its words. Pure. */

import type { ICostsReport, ICrossing, IFunctionCost } from '../../api/costs';
import { count, share } from '../../format/format';
import { amount, ratio, times, usd, type IAmount } from '../../format/money';

export interface IChart {
  /** Whose calls these are. */
  name: string;
  crossing: ICrossing;
  /** USD; floats are good enough for places on a screen. */
  perCall: number;
  perMonth: number;
  /** Calls a month at the pace of the period, and what they cost; null where it has none. */
  now: { calls: number; usd: number; text: string } | null;
}

/** The chart of one function, or of all together where none is given; null where nothing is charged. */
export function chartOf(report: ICostsReport, one: IFunctionCost | null): IChart | null {
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
    name: one?.name ?? 'all functions',
    crossing,
    perCall,
    perMonth: Number(crossing.usd_per_month),
    now:
      pace === null
        ? null
        : {
            calls: pace,
            usd: perCall * pace,
            text: usd(divided(times(amount(cost), whole(pace)), calls))
          }
  };
}

/** The chart in a sentence. */
export function sentenceOf({ name, crossing, now }: IChart): string {
  const price = `${crossing.label} at ${crossing.text} a month`;
  const pace = now && ` Now ${count(now.calls)} a month at ${now.text}.`;
  const crossed = crossing.reached
    ? `From ${count(crossing.calls)} calls of ${name} a month on, ${price} is cheaper.`
    : `Calls of ${name} one at a time never cost as much as ${price}.`;
  return `${crossed}${pace ?? ''}`;
}

/** `22.3% of EC2 t3.medium, 4 GB`; null where there is no pace or nothing to compare with. */
export function shareWords({ total: { always_on: found } }: ICostsReport): [string, string] | null {
  return found === null || found.share === null ? null : [share(found.share), `of ${found.label}`];
}

/** What part of a function's cost less memory saves at least, from 0 to 1. */
export function savedShare({ advice, cost_usd: cost }: IFunctionCost): number | null {
  return advice === null || cost === null
    ? null
    : ratio(amount(advice.least_saved_usd), amount(cost));
}

function whole(value: number): IAmount {
  return { units: BigInt(value), scale: 0 };
}

/** With more digits than are shown. */
function divided({ units, scale }: IAmount, by: number): IAmount {
  return { units: (units * 1_000_000n) / BigInt(by), scale: scale + 6 };
}

/** In which order the functions stand. Pure. */

import type { IFunctionCost } from '../../api/costs';

export type Column =
  'name' | 'memory' | 'calls' | 'p50' | 'p95' | 'cold' | 'gb_seconds' | 'million' | 'cost';

export interface IOrder {
  column: Column;
  descending: boolean;
}

export const DEAREST_FIRST: IOrder = { column: 'cost', descending: true };

const NUMBERS: { [column in Exclude<Column, 'name'>]: (one: IFunctionCost) => number | null } = {
  memory: one => one.memory_mb,
  calls: one => one.calls,
  p50: one => one.p50_ms,
  p95: one => one.p95_ms,
  cold: one => one.cold_share,
  gb_seconds: one => Number(one.gb_seconds),
  million: one => number(one.per_million_usd),
  cost: one => number(one.cost_usd)
};

/** A column that stands already turns round; another begins with its largest, names with A. */
export function turned(order: IOrder, column: Column): IOrder {
  return column === order.column
    ? { column, descending: !order.descending }
    : { column, descending: column !== 'name' };
}

/** What has no value stands last, whichever way, and behind it what keeps schedules. */
export function ordered(functions: readonly IFunctionCost[], order: IOrder): IFunctionCost[] {
  const feeds = functions.filter(one => one.kind === 'feed');
  return [
    ...sorted(
      functions.filter(one => one.kind !== 'feed'),
      order
    ),
    ...sorted(feeds, order)
  ];
}

function sorted(functions: readonly IFunctionCost[], order: IOrder): IFunctionCost[] {
  const { column, descending } = order;
  const way = descending ? -1 : 1;
  if (column === 'name') {
    return [...functions].sort((one, other) => way * one.name.localeCompare(other.name));
  }
  const value = NUMBERS[column];
  return [...functions].sort((one, other) => {
    const [left, right] = [value(one), value(other)];
    if (left === null || right === null) {
      return Number(left === null) - Number(right === null);
    }
    return way * (left - right);
  });
}

function number(amount: string | null): number | null {
  return amount === null ? null : Number(amount);
}

/** Sorting of the table of functions. Pure functions. */

import type { IFunctionCost } from '../../api/costs';

export type Column =
  'name' | 'memory' | 'calls' | 'p50' | 'p95' | 'cold' | 'gb_seconds' | 'million' | 'cost';

export interface ISortOrder {
  column: Column;
  descending: boolean;
}

export const MOST_EXPENSIVE_FIRST: ISortOrder = { column: 'cost', descending: true };

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

/**
 * Return the order after a click on a column. The same column reverses its order. A new column
 * starts with the largest value, or with A for names.
 */
export function toggleSort(order: ISortOrder, column: Column): ISortOrder {
  return column === order.column
    ? { column, descending: !order.descending }
    : { column, descending: column !== 'name' };
}

/**
 * Sort the functions. Missing values come last in both directions, and feeds come after all other
 * functions.
 */
export function sortFunctions(
  functions: readonly IFunctionCost[],
  order: ISortOrder
): IFunctionCost[] {
  const feeds = functions.filter(one => one.kind === 'feed');
  return [
    ...sortBy(
      functions.filter(one => one.kind !== 'feed'),
      order
    ),
    ...sortBy(feeds, order)
  ];
}

function sortBy(functions: readonly IFunctionCost[], order: ISortOrder): IFunctionCost[] {
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

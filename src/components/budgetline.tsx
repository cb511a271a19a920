import React from 'react';

import type { IBudget } from '../api/costs';
import { monthName } from '../format/format';
import { Icon } from './icon';

interface IBudgetLineProps {
  budget: IBudget;
  /** Whether to show the amount spent so far; by default it is only in the tooltip. */
  whole?: boolean;
}

/** A line that compares this month's estimate with the budget. */
export function BudgetLine({ budget, whole }: IBudgetLineProps): React.ReactElement {
  const { over, month, text, estimate_text: estimate, spent_text: spent, complete } = budget;
  const name = monthName(month);
  const words = over
    ? `Estimate for ${name}: about ${estimate}, over the budget of ${text}`
    : `Estimate for ${name}: about ${estimate}, budget ${text}`;
  const soFar = `${spent}${complete ? '' : ' or more'} so far`;
  return (
    <p className="jp-FaasBudget" role="status" title={whole ? undefined : `${soFar} in ${name}`}>
      {over && <Icon name="triangle" tone="warn" small />}
      <span>{whole ? `${words}; ${soFar}` : words}</span>
    </p>
  );
}

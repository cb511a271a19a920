/** The visible rows of the trace: the expanded nodes of the session's tree. Pure functions. */

import type { ISessionStep } from '../../../api/session';
import { usd, sum } from '../../../format/money';
import { overheadCount } from '../../../format/overhead';
import {
  stepCost,
  isGroup,
  chargedRuns,
  totalTimes,
  type IStepNode,
  type ITimes
} from '../steptree';

export interface ITraceRow {
  id: string;
  name: string;
  /** The depth in the tree; 0 for the session itself. */
  level: number;
  step: ISessionStep;
  group: boolean;
  /** Whether the row is expanded; null if it has no children. */
  open: boolean | null;
  /** How often the conductor ran, in words, or empty, and whether these runs are shown. */
  overhead: string;
  overheadShown: boolean;
  /** Whether the row is a conductor's run or a no-op activation. */
  isOverhead: boolean;
  /**
   * The times of a call. For an expanded group, the times of its conductor; for a collapsed group,
   * the times of all its steps.
   */
  times: ITimes;
  /** The price of the runs that `times` covers; null if unknown. */
  price: string | null;
}

export interface IFolding {
  /** The groups that the user expanded or collapsed. */
  open: ReadonlyMap<string, boolean>;
  /** The groups whose conductor runs are visible. */
  overhead: ReadonlySet<string>;
}

/** The number of branches above which they are collapsed initially. */
const MAX_OPEN_BRANCHES = 5;

export function visibleRows(root: IStepNode, folding: IFolding): ITraceRow[] {
  return rowsBelow(root, 0, true, folding);
}

function rowsBelow(node: IStepNode, level: number, open: boolean, folding: IFolding): ITraceRow[] {
  const { step, children, overhead } = node;
  const group = isGroup(node);
  const expandable = children.length > 0;
  const isOpen = folding.open.get(step.id) ?? open;
  const overheadShown = folding.overhead.has(step.id);
  // A collapsed row sums up the steps that it contains.
  const counted = expandable && !isOpen ? chargedRuns(node) : group ? overhead : [step];
  const row: ITraceRow = {
    id: step.id,
    name: step.name,
    level,
    step,
    group,
    open: expandable ? isOpen : null,
    overhead: overheadCount(overhead),
    overheadShown,
    isOverhead: false,
    times: totalTimes(counted),
    price: group ? priceText(counted) : step.cost_text
  };
  const many = children.filter(isBranch).length > MAX_OPEN_BRANCHES;
  const below = (isOpen ? children : []).map(child => ({
    start: child.step.start,
    rows: rowsBelow(child, level + 1, !many || !isBranch(child) || !child.step.ok, folding)
  }));
  const runs = (overheadShown ? overhead : []).map(run => ({
    start: run.start,
    rows: [overheadRow(run, level + 1)]
  }));
  const inOrder = [...runs, ...below].sort((one, other) => one.start - other.start);
  return [row, ...inOrder.flatMap(one => one.rows)];
}

function isBranch({ step }: IStepNode): boolean {
  return step.role === 'branch';
}

function overheadRow(step: ISessionStep, level: number): ITraceRow {
  return {
    id: step.id,
    name: step.name,
    level,
    step,
    group: false,
    open: null,
    overhead: '',
    overheadShown: false,
    isOverhead: true,
    times: totalTimes([step]),
    price: step.cost_text
  };
}

function priceText(steps: readonly ISessionStep[]): string | null {
  return steps.length === 0 ? null : usd(sum(steps.map(stepCost)));
}

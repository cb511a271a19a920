/** The visible rows of the trace: the expanded part of the session's tree. Pure. */

import type { ISessionStep } from '../../../api/session';
import { usd, sum } from '../../../format/money';
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
  /** The depth; 0 for the session itself. */
  level: number;
  step: ISessionStep;
  group: boolean;
  /** Whether it is expanded; null if it has no children. */
  open: boolean | null;
  /** The number of its conductor's runs, and whether they are shown. */
  overhead: number;
  overheadShown: boolean;
  /** Whether it is a conductor's run or a no-op activation. */
  isOverhead: boolean;
  /** For a group: the times of its conductor; while it is collapsed, of everything in it. */
  times: ITimes;
  /** For a group likewise; null if unknown. */
  price: string | null;
}

export interface IFolding {
  /** Groups that the user expanded or collapsed. */
  open: ReadonlyMap<string, boolean>;
  /** Groups with visible conductor runs. */
  overhead: ReadonlySet<string>;
}

/** More branches than this are initially collapsed. */
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
  // A collapsed row sums up the steps in it.
  const counted = expandable && !isOpen ? chargedRuns(node) : group ? overhead : [step];
  const row: ITraceRow = {
    id: step.id,
    name: step.name,
    level,
    step,
    group,
    open: expandable ? isOpen : null,
    overhead: overhead.length,
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
    overhead: 0,
    overheadShown: false,
    isOverhead: true,
    times: totalTimes([step]),
    price: step.cost_text
  };
}

function priceText(steps: readonly ISessionStep[]): string | null {
  return steps.length === 0 ? null : usd(sum(steps.map(stepCost)));
}

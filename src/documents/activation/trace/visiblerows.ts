/** Which rows of a session's tree are on the screen. Pure. */

import type { ISessionStep } from '../../../api/session';
import { usd, sum } from '../../../format/money';
import { costOf, isGroup, ownRuns, timesOf, type IStepNode, type ITimes } from '../steptree';

export interface ITraceRow {
  id: string;
  name: string;
  /** 0 for the session itself. */
  level: number;
  step: ISessionStep;
  group: boolean;
  /** Whether what it caused is shown; null where it caused nothing. */
  open: boolean | null;
  /** The runs of its conductor, and whether they are shown. */
  overhead: number;
  overheadShown: boolean;
  /** A run of a conductor, or a hand-over. */
  isOverhead: boolean;
  /** Of a group: what its conductor took; while it is folded, all of it. */
  times: ITimes;
  /** Of a group likewise; null where nothing tells. */
  price: string | null;
}

export interface IFolding {
  /** Groups that were folded or unfolded by hand. */
  open: ReadonlyMap<string, boolean>;
  /** Groups whose conductor's runs are shown. */
  overhead: ReadonlySet<string>;
}

/** More branches than this are folded until somebody asks: each holds rows of its own. */
const MOST_BRANCHES = 5;

export function traceRows(root: IStepNode, folding: IFolding): ITraceRow[] {
  return rowsOf(root, 0, true, folding);
}

function rowsOf(node: IStepNode, level: number, open: boolean, folding: IFolding): ITraceRow[] {
  const { step, children, overhead } = node;
  const group = isGroup(node);
  const expandable = children.length > 0;
  const isOpen = folding.open.get(step.id) ?? open;
  const overheadShown = folding.overhead.has(step.id);
  // What is folded away is added up in the row that stands for it.
  const counted = expandable && !isOpen ? ownRuns(node) : group ? overhead : [step];
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
    times: timesOf(counted),
    price: group ? priceOf(counted) : step.cost_text
  };
  const many = children.filter(isBranch).length > MOST_BRANCHES;
  const below = (isOpen ? children : []).map(child => ({
    start: child.step.start,
    rows: rowsOf(child, level + 1, !many || !isBranch(child) || !child.step.ok, folding)
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
    times: timesOf([step]),
    price: step.cost_text
  };
}

function priceOf(steps: readonly ISessionStep[]): string | null {
  return steps.length === 0 ? null : usd(sum(steps.map(costOf)));
}

import type { IDisposable } from '@lumino/disposable';
import type { Message as LuminoMessage } from '@lumino/messaging';
import React, { useMemo, useState } from 'react';

import type { ICostsReport, IFunctionCost } from '../../api/costs';
import { BudgetLine } from '../../components/budgetline';
import { Button } from '../../components/button';
import { ErrorView } from '../../components/errorview';
import { Icon } from '../../components/icon';
import { Message } from '../../components/message';
import { clock, memory, plural } from '../../format/format';
import { withinPeriod } from '../../format/periods';
import type { CostsModel } from '../../state/costsmodel';
import { keepWarmRule } from '../../state/triggers';
import { DocumentBody } from '../documentbody';
import { ALL_FUNCTIONS, breakEvenChart } from './breakeven';
import { BreakEvenChart } from './chart';
import { ColdStartsSection } from './coldstarts';
import { DailyCosts } from './days';
import { MemorySection } from './memory';
import type { ICostsProps } from './props';
import { MOST_EXPENSIVE_FIRST, toggleSort } from './sorting';
import { CostsSummary } from './summary';
import { CostsTable } from './table';
import { CostsToolbar } from './toolbar';

/** The document of the costs of functions. */
export class CostsPageBody extends DocumentBody<ICostsProps> {
  constructor(props: ICostsProps) {
    super(props, 'jp-FaasCosts');
  }

  protected override onAfterShow(message: LuminoMessage): void {
    super.onAfterShow(message);
    this._watchVisible();
  }

  protected override onAfterAttach(message: LuminoMessage): void {
    super.onAfterAttach(message);
    this._watchVisible();
  }

  protected override onBeforeHide(message: LuminoMessage): void {
    this._unwatch();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: LuminoMessage): void {
    this._unwatch();
    super.onBeforeDetach(message);
  }

  protected override draw(): React.ReactElement {
    return <CostsPage {...this.props} />;
  }

  private _watchVisible(): void {
    if (this.isVisible && this._watch === null) {
      this._watch = this.props.manager.watch();
    }
  }

  private _unwatch(): void {
    this._watch?.dispose();
    this._watch = null;
  }

  private _watch: IDisposable | null = null;
}

function CostsPage(props: ICostsProps): React.ReactElement {
  const { model, manager, actions } = props;
  const { report } = model;
  return (
    <>
      <CostsToolbar {...props} />
      <div className="jp-FaasCosts-page" aria-busy={model.loading}>
        <ErrorView
          model={model}
          manager={manager}
          problem={model.problem}
          title="The costs could not be computed"
          startPlayground={actions.startPlayground}
        >
          {report
            ? 'Its records are kept. Start the playground to update the costs.'
            : 'Its records are kept. Start the playground to see the costs.'}
        </ErrorView>
        {report && !model.isUpToDate && (
          <p className="jp-FaasCosts-stale" role="status">
            {`Last known costs, as of ${clock(report.as_of)}`}
          </p>
        )}
        {report === null ? (
          model.loading && <p className="jp-Faas-secondary">Computing costs…</p>
        ) : (
          <>
            <CostsSummary report={report} period={model.reportPeriod} />
            <BudgetStrip report={report} onSet={props.actions.setBudget} />
            {report.functions.length > 0 ? (
              <Costs {...props} report={report} />
            ) : (
              <NoCalls model={model} />
            )}
          </>
        )}
      </div>
    </>
  );
}

function BudgetStrip(props: { report: ICostsReport; onSet: () => void }): React.ReactElement {
  const { budget } = props.report;
  return (
    <div className="jp-FaasCosts-budget">
      {budget ? (
        <BudgetLine budget={budget} whole />
      ) : (
        <p className="jp-Faas-secondary">No monthly budget is set.</p>
      )}
      <Button onClick={props.onSet}>{budget ? 'Change budget…' : 'Set budget…'}</Button>
    </div>
  );
}

function NoCalls({ model }: { model: CostsModel }): React.ReactElement {
  const all = model.reportPeriod === 'all';
  return (
    <Message
      tone="plain"
      title={all ? 'No calls yet' : `No calls ${withinPeriod(model.reportPeriod)}`}
      actions={!all && <Button onClick={() => (model.period = 'all')}>Show all time</Button>}
    >
      <p>
        This view shows the number, duration, memory and cost of the calls to each function on this
        target.
      </p>
    </Message>
  );
}

function Costs(props: ICostsProps & { report: ICostsReport }): React.ReactElement {
  const { model, manager, actions, report } = props;
  const [order, setOrder] = useState(MOST_EXPENSIVE_FIRST);
  const [chosen, setChosen] = useState<string | null | undefined>();
  const one = selectedFunction(report, chosen);
  const period = model.reportPeriod;
  const chart = useMemo(() => breakEvenChart(report, one), [report, one]);
  return (
    <>
      <CostsTable
        report={report}
        order={order}
        selected={one?.name ?? null}
        onSelect={setChosen}
        onSort={column => setOrder(toggleSort(order, column))}
      />
      <Notes
        report={report}
        target={
          manager.status?.targets.find(one => one.name === report.target)?.label ?? report.target
        }
      />
      <div className="jp-FaasCosts-below">
        <BreakEvenChart
          chart={chart}
          name={one?.name ?? ALL_FUNCTIONS}
          kind={one?.kind ?? null}
          references={report.references}
          alwaysOn={model.alwaysOn}
          onChoose={name => (model.alwaysOn = name)}
        />
        {one && one.kind !== 'sequence' && one.kind !== 'feed' && (
          <div className="jp-FaasCosts-advice">
            <MemorySection one={one} period={period} set={actions.setMemory(one.name)} />
            <ColdStartsSection
              key={one.name}
              one={one}
              warmed={keepWarmRule(manager.triggers, one.name)}
              onKeepWarm={
                manager.functionNamed(one.name) === null
                  ? null
                  : () => {
                      const { since, prices } = report;
                      actions.keepWarm(one.name, { since, prices: prices.name });
                    }
              }
              onStop={() => actions.stopKeepingWarm(one.name)}
              rate={model.coldRate}
              onRate={rate => (model.coldRate = rate)}
            />
          </div>
        )}
      </div>
      <DailyCosts report={report} />
    </>
  );
}

/**
 * Return the selected function. Initially this is a function with memory advice or, if there is
 * none, the most expensive function.
 */
function selectedFunction(
  report: ICostsReport,
  chosen: string | null | undefined
): IFunctionCost | null {
  const { functions } = report;
  if (chosen === null) {
    return null;
  }
  return (
    functions.find(one => one.name === chosen) ??
    functions.find(one => one.advice !== null) ??
    functions[0] ??
    null
  );
}

interface INotesProps {
  report: ICostsReport;
  /** The name of the target as the user sees it. */
  target: string;
}

function Notes({ report, target }: INotesProps): React.ReactElement {
  const { prices, seen, total } = report;
  return (
    <div className="jp-FaasCosts-notes jp-Faas-small jp-Faas-secondary">
      {!seen.complete && (
        <p>{`Based only on the latest ${plural(seen.runs, 'run')} of this period.`}</p>
      )}
      {prices.speed !== 'same' && (
        <p>{`Durations were measured on ${target}. ${prices.label} has different CPUs.`}</p>
      )}
      {prices.largest_mb !== null && report.functions.some(one => !one.runnable) && (
        <p className="jp-FaasCosts-marked">
          <Icon name="triangle" tone="warn" small />
          {`Needs more than the ${memory(prices.largest_mb)} that ${prices.label} allows.`}
        </p>
      )}
      <p title={prices.source}>
        {`Prices as of ${prices.as_of}, before tax. The free tier is not subtracted. `}
        {total.calls > 0 &&
          report.functions.some(one => one.kind === 'sequence' || one.kind === 'composition') &&
          'The parts of a sequence or composition are listed separately.'}
      </p>
      {report.functions.some(one => one.kind === 'feed') && (
        <p>
          Creating or removing a schedule runs the host’s own feed, and the host charges for that
          run.
        </p>
      )}
    </div>
  );
}

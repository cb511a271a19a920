import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React, { lazy, Suspense } from 'react';

import type { ICostsReport } from '../../api/costs';
import { BudgetLine } from '../../components/budgetline';
import { Button } from '../../components/button';
import { FunctionName } from '../../components/functionname';
import { clock, count, plural, share } from '../../format/format';
import { periodLabel } from '../../format/periods';
import { whenAvailable } from '../../state/conditions';
import type { CostsModel } from '../../state/costsmodel';

/**
 * Load d3 only when there is a chart to draw. If loading fails, show no chart; the costs document
 * lists the same numbers in a table.
 */
const DayChart = lazy(() =>
  import('./daychart').then(
    ({ DayChart }) => ({ default: DayChart }),
    () => ({ default: () => null })
  )
);

/** The number of functions that are listed. */
const LISTED = 3;

interface ICostsBodyProps {
  model: CostsModel;
  open: () => void;
  setBudget: () => void;
}

export class CostsBody extends ReactWidget {
  constructor(private readonly _props: ICostsBodyProps) {
    super();
    this.addClass('jp-FaasCostSection');
  }

  protected override render(): React.ReactElement {
    const { model } = this._props;
    return <UseSignal signal={model.changed}>{() => <Costs {...this._props} />}</UseSignal>;
  }
}

/** The costs of the period, the costs of each day if known, and the break-even. */
function Costs({ model, open, setBudget }: ICostsBodyProps): React.ReactElement {
  const { report, problem } = model;
  if (report === null) {
    const when = whenAvailable(model.condition);
    const words = problem?.message ?? (when && `The cost of calls appears here ${when}.`);
    return <>{words && <p className="jp-FaasCostSection-none">{words}</p>}</>;
  }
  if (report.functions.length === 0) {
    return (
      <>
        <p className="jp-FaasCostSection-none">
          No calls in the last 7 days. The cost of calls appears here.
        </p>
        {report.budget && <BudgetLine budget={report.budget} />}
      </>
    );
  }
  return (
    <>
      <div className="jp-FaasCostSection-total">
        <b>{report.total.cost_text}</b>
        <span className="jp-Faas-secondary jp-Faas-small">
          {`${periodLabel(model.reportPeriod).toLowerCase()}, estimated`}
          {!model.isUpToDate && `, as of ${clock(report.as_of)}`}
        </span>
      </div>
      {report.days.length > 0 ? (
        <Suspense fallback={<div className="jp-FaasDays-place" />}>
          <DayChart report={report} />
        </Suspense>
      ) : (
        <MostExpensive report={report} />
      )}
      <BreakEven report={report} />
      {report.budget && <BudgetLine budget={report.budget} />}
      <div className="jp-FaasCostSection-actions">
        <Button onClick={open}>Open costs</Button>
        <Button onClick={setBudget}>{report.budget ? 'Change budget…' : 'Set budget…'}</Button>
      </div>
    </>
  );
}

function MostExpensive({ report }: { report: ICostsReport }): React.ReactElement {
  const own = report.functions.filter(one => one.kind !== 'feed');
  const charged = own.filter(one => one.cost_text !== null).slice(0, LISTED);
  const rest = own.length - charged.length;
  return (
    <ul className="jp-FaasCostSection-functions" aria-label="The most expensive functions">
      {charged.map(one => (
        <li key={one.name} title={`${one.name}, ${plural(one.calls, 'call')}`}>
          <FunctionName name={one.name} />
          <span className="jp-Faas-number">{one.cost_text}</span>
        </li>
      ))}
      {rest > 0 && <li className="jp-Faas-secondary jp-Faas-small">and {count(rest)} more</li>}
    </ul>
  );
}

function BreakEven({ report }: { report: ICostsReport }): React.ReactElement | null {
  const crossing = report.total.always_on;
  if (crossing === null || !crossing.reached || crossing.share === null) {
    return null;
  }
  const part = share(crossing.share);
  return (
    <div
      className="jp-FaasCostSection-even"
      title={`${crossing.label} at ${crossing.text} a month is cheaper if there are more than ${plural(crossing.calls, 'call')} a month. Currently, there are ${count(crossing.calls_per_month ?? 0)}.`}
    >
      <span>{part} of break-even</span>
      <span className="jp-Faas-secondary">at {plural(crossing.calls, 'call')} a month</span>
      <div className="jp-FaasMeter" aria-hidden="true">
        <span style={{ width: `${Math.min(100, 100 * crossing.share)}%` }} />
      </div>
    </div>
  );
}

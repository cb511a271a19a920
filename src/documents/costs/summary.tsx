import React from 'react';

import type { ICostsReport } from '../../api/costs';
import { Facts } from '../../components/facts';
import { gbSeconds, moment, plural } from '../../format/format';
import { periodLabel, dateRange, type Period } from '../../format/periods';
import { breakEvenShare } from './breakeven';

interface ICostsSummaryProps {
  report: ICostsReport;
  period: Period;
}

/** The header with the period, its key figures and the total. */
export function CostsSummary({ report, period }: ICostsSummaryProps): React.ReactElement {
  const { since, until, total } = report;
  const facts = [
    plural(total.calls, 'call'),
    `${gbSeconds(total.gb_seconds)} GB-s`,
    dateRange(period, since, until),
    'estimated from activation records'
  ].filter(fact => fact !== null);
  const compared = breakEvenShare(report);
  const figures = [
    ...(total.per_month_text === null ? [] : [[total.per_month_text, 'a month at this pace']]),
    ...(compared === null ? [] : [compared])
  ].map(([figure, words]) => (
    <React.Fragment key={words}>
      {figure} <span className="jp-Faas-secondary">{words}</span>
    </React.Fragment>
  ));
  return (
    <header role="none" className="jp-FaasSession-head">
      <div className="jp-FaasSession-what">
        <div className="jp-FaasSession-kicker">Cost</div>
        <h1>{periodLabel(period)}</h1>
      </div>
      <div className="jp-FaasSession-figures">
        <div className="jp-FaasSession-duration">{total.cost_text}</div>
      </div>
      <div className="jp-FaasCosts-facts">
        <Facts facts={facts} title={`As of ${moment(report.as_of)}`} />
        {figures.length > 0 && <Facts className="jp-Faas-number" facts={figures} />}
      </div>
    </header>
  );
}

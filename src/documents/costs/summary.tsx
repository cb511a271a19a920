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
  return (
    <header role="none" className="jp-FaasSession-head">
      <div className="jp-FaasSession-what">
        <div className="jp-FaasSession-kicker">Cost</div>
        <h1>{periodLabel(period)}</h1>
        <Facts
          className="jp-FaasSession-facts"
          title={`As of ${moment(report.as_of)}`}
          facts={facts}
        />
      </div>
      <div className="jp-FaasSession-figures">
        <div className="jp-FaasSession-duration">{total.cost_text}</div>
        {total.per_month_text !== null && (
          <div className="jp-Faas-number">
            {total.per_month_text} <span className="jp-Faas-secondary">a month at this pace</span>
          </div>
        )}
        {compared && (
          <div className="jp-Faas-number">
            {compared[0]} <span className="jp-Faas-secondary">{compared[1]}</span>
          </div>
        )}
      </div>
    </header>
  );
}

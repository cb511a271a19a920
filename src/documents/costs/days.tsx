import React from 'react';

import type { ICostsReport } from '../../api/costs';
import { Disclosure } from '../../components/disclosure';
import { count, plural, weekday } from '../../format/format';

/** The costs per day as a table, the newest first. The sidebar shows the same data as bars. */
export function DailyCosts({ report }: { report: ICostsReport }): React.ReactElement | null {
  const { days } = report;
  if (days.length < 2) {
    return null;
  }
  return (
    <section className="jp-FaasCosts-days" aria-label="Cost per day">
      <Disclosure summary={`Cost per day · ${plural(days.length, 'day')}`}>
        <table className="jp-FaasTable" aria-label="Cost per day">
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" className="jp-mod-right">
                Calls
              </th>
              <th scope="col" className="jp-mod-right">
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {[...days].reverse().map(({ day, runs, text }) => (
              <tr key={day}>
                <td>{weekday(day)}</td>
                <td className="jp-Faas-number jp-mod-right">{count(runs)}</td>
                <td className="jp-Faas-number jp-mod-right">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Disclosure>
    </section>
  );
}

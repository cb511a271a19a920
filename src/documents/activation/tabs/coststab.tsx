import React from 'react';

import { count, duration, MISSING, share } from '../../../format/format';
import { PER_MILLION, usd } from '../../../format/money';
import { shownName } from '../../../format/names';
import { OVERHEAD_HINT } from '../../../format/overhead';
import type { ITabProps } from '../props';
import { costLines, costLineOfStep, sessionCost, type ICostLine } from './sessioncosts';
import { WhatIf } from './whatif';

/** The tab with the exact cost of each call and a calculator for other memory sizes. */
export function CostsTab(props: ITabProps): React.ReactElement {
  const { session, tree, model } = props;
  const lines = costLines(session, tree);
  const chosen = costLineOfStep(lines, model.selected);
  if (lines.length === 0) {
    return (
      <p className="jp-Faas-secondary">
        {session.running ? 'Nothing has been charged yet.' : 'Nothing ran, so nothing is charged.'}
      </p>
    );
  }
  return (
    <div className="jp-FaasCost">
      <div>
        <div className="jp-FaasTable-scroll">
          <CostsTable {...props} lines={lines} chosen={chosen} />
        </div>
        <Notes {...props} />
      </div>
      {chosen && chosen.memoryMb !== null && (
        <WhatIf key={chosen.id} {...props} line={chosen} memoryMb={chosen.memoryMb} />
      )}
    </div>
  );
}

interface ICostsTableProps extends ITabProps {
  lines: ICostLine[];
  chosen: ICostLine | null;
}

function CostsTable({ session, tree, model, lines, chosen }: ICostsTableProps): React.ReactElement {
  const { slide_text: slide } = session.cost;
  const slideTitle = slide
    ? `If the largest memory size were charged for the whole duration of the session, a million sessions would cost ${slide}. You pay only for the individual calls.`
    : undefined;
  return (
    <table className="jp-FaasTable jp-FaasCost-table">
      <thead>
        <tr>
          <th scope="col">Call</th>
          <th scope="col" className="jp-mod-right">
            Memory, MB
          </th>
          <th scope="col" className="jp-mod-right jp-mod-spare">
            Duration
          </th>
          <th scope="col" className="jp-mod-right jp-mod-spare">
            Billed
          </th>
          <th scope="col" className="jp-mod-right">
            {PER_MILLION}
          </th>
          <th scope="col" className="jp-mod-right">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(line => (
          <tr
            key={line.id}
            aria-current={line.id === chosen?.id}
            onClick={() => (model.selected = line.id)}
          >
            <td>
              <button
                type="button"
                className="jp-FaasCost-call"
                aria-label={`Compare memory sizes for ${line.name}`}
                title={line.name}
                onClick={() => (model.selected = line.id)}
              >
                {shownName(line.name)}
              </button>
              {line.note && (
                <span className="jp-Faas-secondary" title={OVERHEAD_HINT}>
                  {' '}
                  {line.note}
                </span>
              )}
            </td>
            <Figure>{line.memoryMb === null ? MISSING : count(line.memoryMb)}</Figure>
            <Figure spare>{duration(line.durationMs)}</Figure>
            <Figure spare>{billedText(line.billedMs)}</Figure>
            <Figure>{line.cost === null ? MISSING : usd(line.cost)}</Figure>
            <Figure>{line.cost === null ? MISSING : share(line.share)}</Figure>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="jp-FaasTable-total" title={slideTitle}>
          <td>{session.running ? 'Exact total so far' : 'Exact total'}</td>
          <td />
          <td className="jp-mod-spare" />
          <td className="jp-mod-spare" />
          <Figure>{usd(sessionCost(session, tree))}</Figure>
          <Figure>{share(1)}</Figure>
        </tr>
      </tfoot>
    </table>
  );
}

function Figure(props: { spare?: boolean; children: string }): React.ReactElement {
  return (
    <td className={`jp-Faas-number jp-mod-right${props.spare ? ' jp-mod-spare' : ''}`}>
      {props.children}
    </td>
  );
}

function billedText(ms: number | null): string {
  // Some providers charge in steps of 100 ms, others in steps of 1 ms.
  return ms === null ? MISSING : `${(ms / 1000).toFixed(ms % 100 === 0 ? 1 : 3)} s`;
}

function Notes({ session }: ITabProps): React.ReactElement {
  const { waiting_text: waiting } = session.cost;
  const { label, usd_per_gb_second: price, step_ms: step, minimum_ms: minimum } = session.prices;
  const least = minimum > step ? `, with a minimum of ${minimum} ms` : '';
  return (
    <div className="jp-FaasCost-notes jp-Faas-small jp-Faas-secondary">
      {waiting && (
        <p>{`The total includes ${waiting} for the time during which the conductor waits for parallel branches.`}</p>
      )}
      <p>{`${label} charges $${price} per GB-second. The duration of each call is rounded up to a multiple of ${step} ms${least}.`}</p>
    </div>
  );
}

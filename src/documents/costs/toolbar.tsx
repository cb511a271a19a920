import { refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { IconButton } from '../../components/button';
import { Icon } from '../../components/icon';
import { Select } from '../../components/select';
import { plural } from '../../format/format';
import { PERIODS, type Period } from '../../format/periods';
import { toCsv } from './csv';
import type { ICostsProps } from './props';

/** The toolbar, in which the user chooses the period and price list, refreshes and exports. */
export function CostsToolbar({ model, manager, actions }: ICostsProps): React.ReactElement {
  const { report } = model;
  const lists = report?.price_lists ?? [];
  const used = model.prices ?? report?.prices.name ?? '';
  return (
    <div className="jp-FaasSession-toolbar" role="toolbar" aria-label="Costs">
      <span className="jp-FaasCosts-label jp-Faas-small" aria-hidden="true">
        Period
      </span>
      <Select
        label="Period"
        value={model.period}
        options={PERIODS}
        onChange={value => (model.period = value as Period)}
      />
      {lists.length > 0 && (
        <>
          <span className="jp-FaasCosts-label jp-Faas-small" aria-hidden="true">
            Prices
          </span>
          <Select
            label="Prices"
            value={used}
            options={lists.map(one => ({ value: one.name, label: one.text }))}
            onChange={name => (model.prices = name)}
            shrinks
          />
        </>
      )}
      <span className="jp-FaasSession-space" />
      <IconButton
        label="Refresh"
        onClick={() => void manager.refresh().then(() => model.refresh())}
      >
        <refreshIcon.react tag={null} />
      </IconButton>
      {report && report.functions.length > 0 && (
        <button
          type="button"
          className="jp-FaasTool"
          title="Copy as CSV"
          aria-label="Copy as CSV"
          onClick={() =>
            actions.copy(
              toCsv(report),
              `Copied the costs of ${plural(report.functions.length, 'function')} as CSV`
            )
          }
        >
          <Icon name="copy" />
          <span className="jp-FaasCosts-tool">Copy as CSV</span>
        </button>
      )}
    </div>
  );
}

import React from 'react';

import { Icon } from '../../../components/icon';
import type { IInsight } from './summarytext';

/** What the picture beneath it shows, in one sentence. */
export function Insight({ insight }: { insight: IInsight | null }): React.ReactElement | null {
  if (insight === null) {
    return null;
  }
  const { tone, before, name, after } = insight;
  return (
    <p className="jp-FaasSession-insight">
      {tone === 'cold' && <Icon name="snowflake" tone="cold" />}
      {tone === 'error' && <Icon name="disc-cross" tone="error" />}
      {tone === 'busy' && <Icon name="arc" tone="busy" />}
      <span>
        {before}
        <b>{name}</b>
        {after}
      </span>
    </p>
  );
}

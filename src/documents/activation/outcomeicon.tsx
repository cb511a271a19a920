import React from 'react';

import { Icon } from '../../components/icon';

export type Outcome = 'running' | 'ok' | 'failed';

/**
 * The icon of a running, succeeded or failed call. It has its own module because three tabs use it.
 */
export function OutcomeIcon({ outcome }: { outcome: Outcome }): React.ReactElement {
  if (outcome === 'running') {
    return <Icon name="arc" tone="busy" small />;
  }
  return outcome === 'ok' ? (
    <Icon name="disc" tone="ok" small />
  ) : (
    <Icon name="disc-cross" tone="error" small />
  );
}

import React from 'react';

import { Icon } from '../components/icon';
import type { IFaasManager } from '../tokens';

interface ITargetStateProps {
  manager: IFaasManager;
  label: string;
}

/**
 * The target at the end of a document's toolbar, and whether it is available. The documents of a function
 * and of a graph share it.
 */
export function TargetState({ manager, label }: ITargetStateProps): React.ReactElement {
  const available = manager.condition.kind === 'ready';
  return (
    <span
      className="jp-FaasSession-target jp-Faas-secondary"
      title={`${label} ${available ? 'is available' : 'is not available'}`}
    >
      <Icon name={available ? 'disc' : 'ring'} tone={available ? 'ok' : 'plain'} small />
      <span className="jp-Faas-ellipsis">{label}</span>
    </span>
  );
}

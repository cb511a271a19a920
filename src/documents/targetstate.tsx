import React from 'react';

import { Icon } from '../components/icon';
import type { IFaasManager } from '../tokens';

interface ITargetStateProps {
  manager: IFaasManager;
  label: string;
}

/**
 * The target at the end of a document's toolbar, and whether it responds. The documents of a function
 * and of a graph share it.
 */
export function TargetState({ manager, label }: ITargetStateProps): React.ReactElement {
  const answers = manager.condition.kind === 'ready';
  return (
    <span
      className="jp-FaasSession-target jp-Faas-secondary"
      title={`${label} ${answers ? 'responds' : 'does not respond'}`}
    >
      <Icon name={answers ? 'disc' : 'ring'} tone={answers ? 'ok' : 'plain'} small />
      <span className="jp-Faas-ellipsis">{label}</span>
    </span>
  );
}

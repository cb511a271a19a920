import React from 'react';

import { Icon } from './icon';

interface IMessageProps {
  tone: 'error' | 'warn' | 'plain';
  title: string;
  /** Text that says what happened and what still works. */
  children?: React.ReactNode;
  /** Buttons, starting with the most likely fix. */
  actions?: React.ReactNode;
  /** A sentence about what to try if the actions do not help. */
  footnote?: React.ReactNode;
}

/**
 * A message about a problem that the user must fix. It says what happened, what still works, and
 * what to do.
 */
export function Message(props: IMessageProps): React.ReactElement {
  const { tone, title, children, actions, footnote } = props;
  return (
    <div className="jp-FaasMessage" role="status">
      <div className="jp-FaasMessage-title">
        {tone !== 'plain' && <Icon name={tone === 'error' ? 'error' : 'warning'} tone={tone} />}
        <span>{title}</span>
      </div>
      {children}
      {actions && <div className="jp-FaasMessage-actions">{actions}</div>}
      {footnote && (
        <p className="jp-FaasMessage-footnote jp-Faas-secondary jp-Faas-small">{footnote}</p>
      )}
    </div>
  );
}

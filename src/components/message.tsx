import React from 'react';

import { Icon } from './icon';

interface IMessageProps {
  tone: 'error' | 'warn' | 'plain';
  title: string;
  /** What happened, and what still works. */
  children?: React.ReactNode;
  /** Buttons, the most likely fix first. */
  actions?: React.ReactNode;
  /** What to try if that does not help. */
  footnote?: React.ReactNode;
}

/** A problem that the user must fix: what happened, what still works, what to do. */
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
      {footnote && <p className="jp-Faas-secondary jp-Faas-small">{footnote}</p>}
    </div>
  );
}

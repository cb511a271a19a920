import React from 'react';

import { Button } from '../components/button';
import { Message } from '../components/message';
import type { ICostProps } from './body';

/** Why there is nothing newer, and what to do. */
export function Trouble({ model, manager, actions }: ICostProps): React.ReactElement | null {
  const { condition } = manager;
  const label = manager.target?.label ?? 'the target';
  const again = (
    <Button primary onClick={actions.checkAgain}>
      Try again
    </Button>
  );
  switch (condition.kind) {
    case 'loading':
      return null;
    case 'ready':
      return (
        model.problem && (
          <Message tone="error" title="The costs could not be added up" actions={again}>
            <p>{[model.problem.message, model.problem.hint].filter(Boolean).join(' ')}</p>
          </Message>
        )
      );
    case 'stopped':
      return (
        <Message
          tone="plain"
          title="The playground is stopped"
          actions={
            <Button primary onClick={actions.startPlayground}>
              Start the playground
            </Button>
          }
        >
          <p>Its records are kept; they are read while it runs.</p>
        </Message>
      );
    case 'no-server-half':
      return (
        <Message tone="warn" title="The server half is not installed" actions={again}>
          <p>The functions panel tells how to install it.</p>
        </Message>
      );
    default:
      return (
        <Message
          tone="error"
          title={
            condition.kind === 'server-down'
              ? 'Can’t reach the Jupyter server'
              : `Can’t reach ${label}`
          }
          actions={again}
          footnote={condition.hint || undefined}
        >
          <p>{condition.message}</p>
        </Message>
      );
  }
}

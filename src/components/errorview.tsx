import React, { useEffect } from 'react';

import type { ITarget } from '../api/types';
import type { IFaasManager } from '../tokens';
import { Button } from './button';
import { Message } from './message';

interface IPlaygroundStoppedProps {
  start: () => void;
  /** Whether the button is filled, because nothing else can be done first. */
  primary?: boolean;
  /** A sentence about what still works. */
  children: string;
}

/** A message that the playground is stopped, with a button that starts it. */
export function PlaygroundStopped({
  start,
  primary,
  children
}: IPlaygroundStoppedProps): React.ReactElement {
  return (
    <Message
      tone="plain"
      title="The playground is stopped"
      actions={
        <Button primary={primary} onClick={start}>
          Start the playground
        </Button>
      }
    >
      <p>{children}</p>
    </Message>
  );
}

export function PlaygroundStarting(): React.ReactElement {
  return (
    <Message tone="plain" title="Starting the playground…">
      <p>This takes a few seconds.</p>
    </Message>
  );
}

interface IErrorViewProps {
  /** The model that the Try again button refreshes. */
  model: { refresh: () => Promise<void> };
  manager: IFaasManager;
  /** The error of the last request; null if the request succeeded. */
  problem: { message: string; hint: string } | null;
  /** A title that replaces the error's message: `The costs could not be computed`. */
  title?: string;
  startPlayground: () => void;
  /** A sentence about what still works while the playground is stopped. */
  children: string;
}

/** A message that explains why a document is missing or outdated, and how to fix it. */
export function ErrorView(props: IErrorViewProps): React.ReactElement | null {
  const { model, manager, problem, title, startPlayground, children } = props;
  const { condition } = manager;
  const { kind } = condition;
  // A failed request may be the first sign that the target stopped, so check its state again.
  useEffect(() => {
    if (problem !== null && manager.condition.kind === 'ready') {
      void manager.refresh();
    }
  }, [manager, problem]);
  const retry = (
    <Button primary onClick={() => void manager.refresh().then(() => model.refresh())}>
      Try again
    </Button>
  );
  switch (kind) {
    case 'starting':
      return <PlaygroundStarting />;
    case 'stopped':
      return (
        <PlaygroundStopped primary start={startPlayground}>
          {children}
        </PlaygroundStopped>
      );
    case 'loading':
    case 'ready': {
      if (problem === null) {
        return null;
      }
      const rest = [title && problem.message, problem.hint].filter(Boolean).join(' ');
      return (
        <Message tone="error" title={title ?? problem.message} actions={retry}>
          {rest && <p>{rest}</p>}
        </Message>
      );
    }
    case 'no-server-half':
      return (
        <Message tone="warn" title="The server extension is not loaded" actions={retry}>
          <p>The sidebar shows how to enable it.</p>
        </Message>
      );
    default:
      return (
        <Message
          tone="error"
          title={
            kind === 'server-down'
              ? 'Cannot reach the Jupyter server'
              : targetProblemTitle(kind, manager.target)
          }
          actions={retry}
          footnote={condition.hint || undefined}
        >
          <p>{condition.message}</p>
        </Message>
      );
  }
}

/** Whether a notebook records this target, and it does not exist on this machine. */
export function isMissing(target: ITarget | null): boolean {
  return target !== null && target.state === 'unreachable' && target.apihost === '';
}

/** Return the title of a message about a target whose functions and activations are unknown. */
export function targetProblemTitle(
  kind: 'unreachable' | 'unauthorized' | 'failed',
  target: ITarget | null
): string {
  const label = target?.label ?? 'the target';
  switch (kind) {
    case 'unreachable':
      return isMissing(target) ? `${label} is not configured` : `Cannot reach ${label}`;
    case 'unauthorized':
      return `${label} refuses the key`;
    case 'failed':
      return `Cannot query ${label}`;
  }
}

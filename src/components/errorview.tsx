import React, { useEffect } from 'react';

import type { IFaasManager } from '../tokens';
import { Button } from './button';
import { Message } from './message';

interface IStoppedProps {
  start: () => void;
  /** What works all the same. */
  children: string;
}

/** The playground does not run; one button starts it. */
export function Stopped({ start, children }: IStoppedProps): React.ReactElement {
  return (
    <Message
      tone="plain"
      title="The playground is stopped"
      actions={
        <Button primary onClick={start}>
          Start the playground
        </Button>
      }
    >
      <p>{children}</p>
    </Message>
  );
}

interface ITroubleProps {
  /** Asks once more. */
  model: { refresh: () => Promise<void> };
  manager: IFaasManager;
  /** Why there is no answer, or none that is newer. */
  problem: { message: string; hint: string } | null;
  /** What the answer is not there for: `The costs could not be added up`. */
  title?: string;
  startPlayground: () => void;
  /** What a stopped playground still does for this document. */
  children: string;
}

/** Why a document has nothing newer, and what to do. */
export function Trouble(props: ITroubleProps): React.ReactElement | null {
  const { model, manager, problem, title, startPlayground, children } = props;
  const { condition } = manager;
  const { kind } = condition;
  // Who is refused may know more than who last asked the target how it is: whether it runs.
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
    case 'stopped':
      return <Stopped start={startPlayground}>{children}</Stopped>;
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
        <Message tone="warn" title="The server half is not installed" actions={retry}>
          <p>The functions panel tells how to install it.</p>
        </Message>
      );
    default:
      return (
        <Message
          tone="error"
          title={
            kind === 'server-down'
              ? 'Can’t reach the Jupyter server'
              : `Can’t reach ${manager.target?.label ?? 'the target'}`
          }
          actions={retry}
          footnote={condition.hint || undefined}
        >
          <p>{condition.message}</p>
        </Message>
      );
  }
}

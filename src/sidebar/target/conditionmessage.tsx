import React from 'react';

import type { ITarget } from '../../api/types';
import { Button } from '../../components/button';
import {
  isMissing,
  PlaygroundStarting,
  PlaygroundStopped,
  targetProblemTitle
} from '../../components/errorview';
import { Message } from '../../components/message';
import { asSentence, hostOf } from '../../format/format';
import type { IFaasManager } from '../../tokens';

const COMMAND = 'jupyter server extension enable jupyter_faas';
const PLAYGROUND = 'playground';

export interface IConditionActions {
  checkAgain: () => void;
  startPlayground: () => void;
  useTarget: (name: string) => void;
  /** Ask for the settings of a target of this name. */
  addTarget: (name: string) => void;
  copy: (text: string) => void;
}

interface IConditionMessageProps {
  manager: IFaasManager;
  actions: IConditionActions;
}

/** The message for a condition, which says what is wrong, what still works, and what to do. */
export function ConditionMessage(props: IConditionMessageProps): React.ReactElement | null {
  const { manager, actions } = props;
  const { condition, target } = manager;
  switch (condition.kind) {
    case 'loading':
    case 'ready':
      return null;
    case 'no-server-half':
      return <NoServerHalf actions={actions} />;
    case 'starting':
      return <PlaygroundStarting />;
    case 'stopped':
      return (
        <PlaygroundStopped start={actions.startPlayground}>
          You can still run and package cells. When you deploy, the playground starts.
        </PlaygroundStopped>
      );
    case 'server-down':
      return (
        <Message
          tone="error"
          title="Cannot reach the Jupyter server"
          actions={
            <Button primary onClick={actions.checkAgain}>
              Try again
            </Button>
          }
        >
          <p>
            {condition.message} You can still edit the notebook. The last known state is shown
            below.
          </p>
        </Message>
      );
    case 'unreachable':
    case 'unauthorized':
    case 'failed':
      return (
        <Message
          tone="error"
          title={targetProblemTitle(condition.kind, target)}
          actions={
            <>
              {target !== null && isMissing(target) ? (
                <Button primary onClick={() => actions.addTarget(target.name)}>
                  Add {target.label}…
                </Button>
              ) : (
                <Button primary onClick={actions.checkAgain}>
                  Try again
                </Button>
              )}
              <UsePlayground target={target} manager={manager} actions={actions} />
            </>
          }
          footnote={condition.hint || undefined}
        >
          <p>
            {condition.message
              ? asSentence(condition.message)
              : target && `No response from ${hostOf(target.apihost)}.`}
            {!isMissing(target) &&
              ` You can still run cells, and deploy them when the target ${condition.kind === 'unauthorized' ? 'accepts the key' : 'is available again'}.`}
          </p>
        </Message>
      );
  }
}

interface IUsePlaygroundProps extends IConditionMessageProps {
  target: ITarget | null;
}

function UsePlayground(props: IUsePlaygroundProps): React.ReactElement | null {
  const { target, manager, actions } = props;
  const playground = manager.status?.targets.find(one => one.name === PLAYGROUND);
  return playground && target?.name !== PLAYGROUND ? (
    <Button onClick={() => actions.useTarget(PLAYGROUND)}>Use {playground.label}</Button>
  ) : null;
}

function NoServerHalf({ actions }: { actions: IConditionActions }): React.ReactElement {
  return (
    <Message
      tone="warn"
      title="The server extension is not loaded"
      actions={
        <>
          <Button primary onClick={() => actions.copy(COMMAND)}>
            Copy command
          </Button>
          <Button onClick={actions.checkAgain}>Check again</Button>
        </>
      }
    >
      <p>
        The sidebar is installed, but the Jupyter server has not loaded <code>jupyter_faas</code>.
        Run this in the server’s environment:
      </p>
      <pre className="jp-FaasCode">{COMMAND}</pre>
      <p>Then restart JupyterLab.</p>
    </Message>
  );
}

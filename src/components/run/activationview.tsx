import React from 'react';

import type { IActivation } from '../../api/types';
import { plural } from '../../format/format';
import { Button } from '../button';
import { Logs } from './logs';
import { ResultView } from './resultview';
import { StatusLine, type IActivationLink } from './runstatus';

interface IActivationViewProps {
  activation: IActivation;
  link?: IActivationLink;
  hideId?: boolean;
}

/** One run: what it answered, how it went, what it printed; of a session, where its parts are. */
export function ActivationView(props: IActivationViewProps): React.ReactElement {
  const { activation, link } = props;
  const { children, logs, ok } = activation;
  // Those of a session are the ids of its parts.
  const printed = children ? logs.filter(line => !/^[0-9a-f]{32}$/.test(line)) : logs;
  return (
    <div className="jp-FaasActivation">
      <ResultView activation={activation} />
      <StatusLine {...props} />
      {children && <SessionLine activation={activation} open={link?.open} />}
      <Logs logs={printed} open={!ok} />
    </div>
  );
}

interface ISessionLineProps {
  activation: IActivation;
  /** None where no document can be opened. */
  open?: () => void;
}

/** `Session of 5 calls`, and how to see them. */
function SessionLine({ activation, open }: ISessionLineProps): React.ReactElement {
  const { id, name, calls } = activation;
  return (
    <div className="jp-FaasActivation-session">
      <span className="jp-Faas-secondary">
        Session{calls !== undefined && ` of ${plural(calls, 'call')}`}
      </span>
      {open ? (
        <Button label={`Open the session of ${name}`} onClick={open}>
          Open session
        </Button>
      ) : (
        <code className="jp-Faas-mono">%faas session {id}</code>
      )}
    </div>
  );
}

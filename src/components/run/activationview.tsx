import React from 'react';

import type { IActivation } from '../../api/types';
import { count, logLine, plural } from '../../format/format';
import { Button } from '../button';
import { Disclosure } from '../disclosure';
import { ResultView } from './resultview';
import { StatusLine, type IActivationLink } from './runstatus';

/** More lines than this would make the page heavy; the record keeps them all. */
const MOST = 1000;

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

interface ILogsProps {
  logs: readonly string[];
  open?: boolean;
}

/** What a run printed, line by line, as text. */
function Logs({ logs, open }: ILogsProps): React.ReactElement | null {
  if (logs.length === 0) {
    return null;
  }
  const shown = logs.slice(0, MOST).map(logLine);
  return (
    <Disclosure summary={plural(logs.length, 'log line')} open={open}>
      <div className="jp-FaasLogs" role="log" aria-label="Logs" tabIndex={0}>
        {shown.map(({ time, stream, words }, index) => (
          <div
            key={index}
            className={stream === 'stderr' ? 'jp-FaasLogs-stderr' : undefined}
            title={[time, stream].filter(Boolean).join(' ') || undefined}
          >
            {words || ' '}
          </div>
        ))}
        {logs.length > MOST && (
          <div className="jp-Faas-secondary">… {count(logs.length - MOST)} more lines</div>
        )}
      </div>
    </Disclosure>
  );
}

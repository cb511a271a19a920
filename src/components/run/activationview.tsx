import React from 'react';

import type { IActivation } from '../../api/types';
import { count, logLine, plural } from '../../format/format';
import { Button } from '../button';
import { Disclosure } from '../disclosure';
import { ResultView } from './resultview';
import { StatusLine, type IActivationLink } from './runstatus';

/**
 * The maximum number of log lines. More would slow the page down; the activation's document shows
 * all lines.
 */
const MAX_LINES = 1000;

interface IActivationViewProps {
  activation: IActivation;
  link?: IActivationLink;
  hideId?: boolean;
}

/**
 * The result, status line and logs of one run. For a session, also a link to the session's
 * document.
 */
export function ActivationView(props: IActivationViewProps): React.ReactElement {
  const { activation, link } = props;
  const { children, failure, ok } = activation;
  const [start, end] = failure?.logged ?? [0, 0];
  // The traceback is shown above, without the frames that are not the user's.
  const logs = [...activation.logs.slice(0, start), ...activation.logs.slice(end)];
  // For a session, OpenWhisk logs the ids of the activations it caused. These lines are not log
  // output.
  const printed = children ? logs.filter(line => !/^[0-9a-f]{32}$/.test(line)) : logs;
  return (
    <div className="jp-FaasActivation">
      <ResultView activation={activation} link={link} />
      <StatusLine {...props} />
      {activation.advice?.map(sentence => (
        <div key={sentence} className="jp-Faas-small">
          {sentence}
        </div>
      ))}
      {children && <SessionLine activation={activation} open={link?.open} />}
      <Logs logs={printed} open={!ok} />
    </div>
  );
}

interface ISessionLineProps {
  activation: IActivation;
  /** Open the activation's document; missing if the front end cannot open documents. */
  open?: () => void;
}

/** A line such as `Session of 5 calls`, with a button or command that opens the session. */
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

/** The log lines of a run. */
function Logs({ logs, open }: ILogsProps): React.ReactElement | null {
  if (logs.length === 0) {
    return null;
  }
  const shown = logs.slice(0, MAX_LINES).map(logLine);
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
        {logs.length > MAX_LINES && (
          <div className="jp-Faas-secondary">… {count(logs.length - MAX_LINES)} more lines</div>
        )}
      </div>
    </Disclosure>
  );
}

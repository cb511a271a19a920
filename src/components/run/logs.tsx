import React from 'react';

import { count, logLine, plural } from '../../format/format';
import { Disclosure } from '../disclosure';

/** More lines than this would make the page heavy; the record keeps them all. */
const MOST = 1000;

interface ILogsProps {
  logs: readonly string[];
  open?: boolean;
}

/** What a run printed, line by line, as text. */
export function Logs({ logs, open }: ILogsProps): React.ReactElement | null {
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

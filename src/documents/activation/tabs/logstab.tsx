import { caretDownIcon, copyIcon, searchIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { ISession, ISessionLogLine } from '../../../api/session';
import { Button } from '../../../components/button';
import { count, plural } from '../../../format/format';
import { ToolbarButton } from '../../toolbarbutton';
import { clockMs } from '../text';
import {
  CALLS_ONLY,
  linesOf,
  logChoices,
  logText,
  matchingLines,
  overheadIds,
  stepName
} from './loglines';

/** The number of lines that are drawn at once. Further lines are drawn only on request. */
const MAX_LINES = 1000;

interface ILogsTabProps {
  session: ISession;
  copy: (text: string, told?: string) => void;
}

/** The tab with the log lines of every step, merged by time. */
export function LogsTab({ session, copy }: ILogsTabProps): React.ReactElement {
  const [filter, setFilter] = useState({ text: '', step: CALLS_ONLY });
  const [whole, setWhole] = useState(false);
  if (session.logs.length === 0) {
    return (
      <p className="jp-Faas-secondary">
        {session.running ? 'Nothing has been printed yet.' : 'Nothing was printed.'}
      </p>
    );
  }
  const chosen = linesOf(session, filter.step);
  const lines = matchingLines(session, chosen, filter.text);
  const drawn = whole ? lines : lines.slice(0, MAX_LINES);
  const choices = logChoices(session);
  return (
    <>
      <div className="jp-FaasSession-note">
        <span className="jp-FaasField jp-FaasLogTable-filter">
          <searchIcon.react tag="span" className="jp-FaasField-icon" />
          <input
            type="search"
            placeholder={`Filter ${plural(chosen.length, 'line')}`}
            aria-label="Filter the lines"
            spellCheck={false}
            value={filter.text}
            onChange={event => setFilter({ ...filter, text: event.target.value })}
          />
        </span>
        {choices.length > 2 && (
          <span className="jp-FaasField jp-FaasLogTable-step">
            <select
              aria-label="Show lines of"
              value={filter.step}
              onChange={event => setFilter({ ...filter, step: event.target.value })}
            >
              {choices.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
            <caretDownIcon.react tag="span" className="jp-FaasField-icon" />
          </span>
        )}
        <span className="jp-FaasSession-space" />
        <ToolbarButton
          icon={copyIcon}
          onClick={() => copy(logText(session, lines), `Copied ${plural(lines.length, 'line')}`)}
        >
          Copy
        </ToolbarButton>
      </div>
      {lines.length === 0 ? (
        <p className="jp-Faas-secondary">
          {filter.text === '' && filter.step === CALLS_ONLY
            ? 'The calls have not printed anything. The log has only lines of the conductor.'
            : 'No lines match the filter.'}
        </p>
      ) : (
        <LogTable session={session} lines={drawn} />
      )}
      {drawn.length < lines.length && (
        <Button onClick={() => setWhole(true)}>Show all {count(lines.length)} lines</Button>
      )}
    </>
  );
}

function LogTable(props: {
  session: ISession;
  lines: readonly ISessionLogLine[];
}): React.ReactElement {
  const { session, lines } = props;
  const overhead = overheadIds(session);
  return (
    <table className="jp-FaasLogTable" aria-label="Logs" tabIndex={0}>
      <tbody>
        {lines.map((line, index) => {
          const at = Date.parse(line.time);
          const name = stepName(session, line);
          return (
            <tr key={index} className={rowClass(line, overhead)}>
              <td className="jp-FaasLogTable-time jp-Faas-secondary" title={line.time}>
                {Number.isNaN(at) ? '' : clockMs(at)}
              </td>
              <td className="jp-FaasLogTable-name" title={`${name}, ${line.time}`}>
                {name}
              </td>
              <td className="jp-FaasLogTable-stream">{line.stream}</td>
              <td className="jp-FaasLogTable-text">{line.text || ' '}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/**
 * Return the CSS class of a line. Lines of conductors are greyed, because they trace the
 * conductor's path and rarely interest the reader.
 */
function rowClass(
  { stream, step }: ISessionLogLine,
  overhead: ReadonlySet<string>
): string | undefined {
  if (stream === 'stderr') {
    return 'jp-mod-stderr';
  }
  return overhead.has(step) ? 'jp-mod-overhead' : undefined;
}

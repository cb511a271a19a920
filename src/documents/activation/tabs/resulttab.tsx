import React, { useState } from 'react';

import type { Json } from '../../../api/values';
import { IconButton } from '../../../components/button';
import { Icon } from '../../../components/icon';
import { JsonView } from '../../../components/jsonview';
import { ResultView } from '../../../components/run/resultview';
import { count, size } from '../../../format/format';
import { jsonText } from '../../../format/json';
import type { ITabProps } from '../props';
import { jsonTable, type IJsonTable } from './jsontable';

/** The tab with the result and, if it is stored, the input. */
export function ResultTab({ session, model, actions }: ITabProps): React.ReactElement {
  const { activation } = session;
  // The session's asynchronous calls may still be running after the session returned.
  const running = session.end === null;
  const { input } = model;
  // A session shows the failure of the step that ended it.
  const { failed_step: failedStep } = session;
  const failing = { ...activation, failure: failedStep?.failure ?? activation.failure };
  const failedName = failedStep?.name ?? session.name;
  const [asTable, setAsTable] = useState(false);
  const table = activation.ok ? jsonTable(activation.result) : null;
  return (
    <div className={`jp-FaasSession-result${input ? ' jp-mod-two' : ''}`}>
      {input && (
        <section aria-label="Input">
          <Title words="Input" value={input.params} copy={actions.copy} />
          <JsonView value={input.params} />
          {input.lacking.length > 0 && (
            <p className="jp-Faas-secondary jp-Faas-small">
              {`${input.lacking.join(', ')} ${input.lacking.length === 1 ? 'was' : 'were'} redacted. To replay this run, enter the missing values: `}
              <code>{`%faas replay ${session.name} ${input.lacking.map(one => `${one}=…`).join(' ')} --run ${session.id}`}</code>
            </p>
          )}
        </section>
      )}
      <section aria-label="Result">
        {running ? (
          <>
            <div className="jp-FaasSession-title">
              <h2>Result</h2>
            </div>
            <p className="jp-Faas-secondary">
              This activation is still running. The result appears when it ends.
            </p>
          </>
        ) : (
          <>
            <Title words="Result" value={activation.result} copy={actions.copy}>
              {table && (
                <span className="jp-FaasSegments" role="group" aria-label="Format of the result">
                  <button type="button" aria-pressed={!asTable} onClick={() => setAsTable(false)}>
                    JSON
                  </button>
                  <button type="button" aria-pressed={asTable} onClick={() => setAsTable(true)}>
                    Table
                  </button>
                </span>
              )}
            </Title>
            {failedStep && (
              <p className="jp-Faas-secondary jp-Faas-small">
                <button
                  type="button"
                  className="jp-FaasLinkButton"
                  onClick={() => actions.open(failedStep.id)}
                >
                  {failedName}
                </button>{' '}
                failed
              </p>
            )}
            {table && asTable ? (
              <ResultTable table={table} />
            ) : (
              <ResultView
                activation={failing}
                link={{ openLine: where => actions.openLine(failedName, where) }}
              />
            )}
          </>
        )}
      </section>
    </div>
  );
}

interface ITitleProps {
  words: string;
  value: Json;
  copy: (text: string, told?: string) => void;
  children?: React.ReactNode;
}

function Title({ words, value, copy, children }: ITitleProps): React.ReactElement {
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return (
    <div className="jp-FaasSession-title">
      <h2>{words}</h2>
      <span className="jp-Faas-secondary jp-Faas-small">{size(bytes)}</span>
      <span className="jp-FaasSession-space" />
      {children}
      <IconButton
        label={`Copy the ${words.toLowerCase()}`}
        onClick={() => copy(jsonText(value), `Copied the ${words.toLowerCase()}`)}
      >
        <Icon name="copy" />
      </IconButton>
    </div>
  );
}

function ResultTable({ table }: { table: IJsonTable }): React.ReactElement {
  const { columns, rows, more } = table;
  return (
    <div className="jp-FaasTable-scroll">
      <table className="jp-FaasTable jp-FaasResultTable">
        <thead>
          <tr>
            {columns.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((words, column) => (
                <td key={column} className="jp-Faas-mono">
                  {words}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <p className="jp-Faas-secondary">{`And ${count(more)} more ${more === 1 ? 'row' : 'rows'}.`}</p>
      )}
    </div>
  );
}

import React from 'react';

import type { IFunctionPage } from '../../api/page';
import {
  parameterLines,
  parameterSentence,
  resultLines,
  resultSentence,
  type IValueLine
} from './schematext';

/** What the function takes and what it answers, with types. */
export function Values({ page }: { page: IFunctionPage }): React.ReactElement {
  const { schema, result, preset } = page;
  const parameters = parameterLines(schema, preset);
  const sentence = parameterSentence(schema);
  const answers = resultLines(result);
  return (
    <div>
      <section aria-label="Parameters">
        <h2 className="jp-FaasPage-heading">Parameters</h2>
        {parameters && parameters.length > 0 && <Lines lines={parameters} what="Parameter" />}
        {sentence && <p className="jp-Faas-secondary">{sentence}</p>}
      </section>
      <section aria-label="Result">
        <h2 className="jp-FaasPage-heading">Result</h2>
        {answers && answers.length > 0 ? (
          <Lines lines={answers} what="Key" />
        ) : (
          <p className="jp-Faas-secondary">{resultSentence(schema, result)}</p>
        )}
      </section>
    </div>
  );
}

export function Lines({ lines, what }: { lines: IValueLine[]; what: string }): React.ReactElement {
  return (
    <table className="jp-FaasPage-values">
      <thead className="jp-Faas-hidden">
        <tr>
          <th scope="col">{what}</th>
          <th scope="col">Type</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, type, note }) => (
          <tr key={name}>
            <th scope="row" className="jp-Faas-mono">
              {name}
            </th>
            <td className="jp-Faas-mono">{type}</td>
            <td className="jp-Faas-secondary">{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

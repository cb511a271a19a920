import React from 'react';

import type { IFunctionPage } from '../../api/page';
import {
  parameterRows,
  parameterSentence,
  resultRows,
  resultSentence,
  type ISchemaRow
} from './schematext';

/** The parameters and the result of a function with their types. */
export function Signature({ page }: { page: IFunctionPage }): React.ReactElement {
  const { schema, result, preset } = page;
  const parameters = parameterRows(schema, preset);
  const sentence = parameterSentence(schema);
  const answers = resultRows(result);
  return (
    <div>
      <section aria-label="Parameters">
        <h2 className="jp-FaasPage-heading">Parameters</h2>
        {parameters && parameters.length > 0 && <SchemaRows lines={parameters} what="Parameter" />}
        {sentence && <p className="jp-Faas-secondary">{sentence}</p>}
      </section>
      <section aria-label="Result">
        <h2 className="jp-FaasPage-heading">Result</h2>
        {answers && answers.length > 0 ? (
          <SchemaRows lines={answers} what="Key" />
        ) : (
          <p className="jp-Faas-secondary">{resultSentence(schema, result)}</p>
        )}
      </section>
    </div>
  );
}

export function SchemaRows({
  lines,
  what
}: {
  lines: ISchemaRow[];
  what: string;
}): React.ReactElement {
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

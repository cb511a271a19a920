import React from 'react';

import type { ISchema, Json } from '../../api/values';
import { IconButton } from '../../components/button';
import { Disclosure } from '../../components/disclosure';
import { Icon } from '../../components/icon';
import { JsonView } from '../../components/jsonview';
import { Url } from '../../components/url';
import type { IOperation } from './openapi';
import { parameterRows, parameterSentence, resultRows, resultSentence } from './schematext';
import { SchemaRows } from './signature';

interface IOperationProps {
  operation: IOperation;
  copy: (text: string, words: string) => void;
}

/** The parameters, results and access of one operation. */
export function OpenApiOperation({ operation, copy }: IOperationProps): React.ReactElement {
  const { name, url, description, access, parameters, result, refusal, answers } = operation;
  return (
    <>
      {description && <p className="jp-FaasPage-doc">{description}</p>}
      <div className="jp-FaasCard-line">
        <Url url={url} />
        <IconButton
          label={`Copy the API URL of ${name}`}
          title="Copy"
          onClick={() => copy(url, `Copied the API URL of ${name}`)}
        >
          <Icon name="copy" />
        </IconButton>
      </div>
      <p className="jp-Faas-secondary">{access}</p>
      <h3 className="jp-FaasPage-heading">
        Request body
        <span className="jp-Faas-secondary">
          {operation.optional ? ' JSON, optional' : ' JSON'}
        </span>
      </h3>
      <SchemaTable
        lines={parameterRows(parameters, [])}
        sentence={parameterSentence(parameters)}
        schema={parameters}
        what="Parameter"
      />
      <h3 className="jp-FaasPage-heading">Responses</h3>
      <table className="jp-FaasPage-values jp-mod-statuses">
        <thead className="jp-Faas-hidden">
          <tr>
            <th scope="col">Status</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {answers.map(({ status, words }) => (
            <tr key={status}>
              <th scope="row">{status}</th>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3 className="jp-FaasPage-heading">
        Response of the function <span className="jp-Faas-secondary">JSON, with status 200</span>
      </h3>
      <SchemaTable
        lines={resultRows(result)}
        sentence={resultRows(result) ? '' : resultSentence(parameters, result)}
        schema={result}
        what="Key"
      />
      {refusal && (
        <>
          <h3 className="jp-FaasPage-heading">
            Response to invalid parameters{' '}
            <span className="jp-Faas-secondary">JSON, with status 200</span>
          </h3>
          <SchemaTable
            lines={resultRows(refusal)}
            sentence={refusal.description ?? ''}
            schema={refusal}
            what="Key"
          />
        </>
      )}
    </>
  );
}

interface IShapeProps {
  lines: ReturnType<typeof resultRows>;
  sentence: string;
  schema: ISchema | null;
  what: string;
}

/**
 * A schema as a table, followed by a sentence for what the table cannot show. The JSON of the
 * schema is collapsed below it.
 */
function SchemaTable({ lines, sentence, schema, what }: IShapeProps): React.ReactElement {
  return (
    <>
      {lines && lines.length > 0 && <SchemaRows lines={lines} what={what} />}
      {sentence && (
        <p className="jp-Faas-secondary">
          {/* The descriptions of an OpenAPI document are Markdown, in which backticks mark code. */}
          {sentence
            .split('`')
            .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
        </p>
      )}
      {schema && (
        <Disclosure summary="JSON schema">
          <JsonView value={schema as unknown as Json} />
        </Disclosure>
      )}
    </>
  );
}

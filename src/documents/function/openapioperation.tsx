import React from 'react';

import type { ISchema, Json } from '../../api/values';
import { IconButton } from '../../components/button';
import { Disclosure } from '../../components/disclosure';
import { Icon } from '../../components/icon';
import { JsonView } from '../../components/jsonview';
import type { IOperationView } from './openapi';
import { parameterLines, parameterSentence, resultLines, resultSentence } from './schematext';
import { Lines } from './signature';

interface IOperationProps {
  operation: IOperationView;
  copy: (text: string, words: string) => void;
}

/** What an operation takes, answers, and who may call it. */
export function Operation({ operation, copy }: IOperationProps): React.ReactElement {
  const { name, url, description, access, parameters, result, refusal, answers } = operation;
  return (
    <>
      {description && <p className="jp-FaasPage-doc">{description}</p>}
      <div className="jp-FaasCard-line">
        <span className="jp-Faas-mono jp-FaasCard-url">{url}</span>
        <IconButton
          label={`Copy the address of ${name}`}
          title="Copy"
          onClick={() => copy(url, `Copied the address of ${name}`)}
        >
          <Icon name="copy" />
        </IconButton>
      </div>
      <p className="jp-Faas-secondary">{access}</p>
      <h3 className="jp-FaasPage-heading">
        Request body
        <span className="jp-Faas-secondary">
          {operation.optional ? ' JSON, may be left out' : ' JSON'}
        </span>
      </h3>
      <Shape
        lines={parameterLines(parameters, [])}
        sentence={parameterSentence(parameters)}
        schema={parameters}
        what="Parameter"
      />
      <h3 className="jp-FaasPage-heading">Answers</h3>
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
        Answer of the function <span className="jp-Faas-secondary">JSON, with status 200</span>
      </h3>
      <Shape
        lines={resultLines(result)}
        sentence={resultLines(result) ? '' : resultSentence(parameters, result)}
        schema={result}
        what="Key"
      />
      {refusal && (
        <>
          <h3 className="jp-FaasPage-heading">
            Refusal <span className="jp-Faas-secondary">JSON, with status 200</span>
          </h3>
          <Shape
            lines={resultLines(refusal)}
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
  lines: ReturnType<typeof resultLines>;
  sentence: string;
  schema: ISchema | null;
  what: string;
}

/** A schema as a table, with the words for what that does not show; folded, as it is written. */
function Shape({ lines, sentence, schema, what }: IShapeProps): React.ReactElement {
  return (
    <>
      {lines && lines.length > 0 && <Lines lines={lines} what={what} />}
      {sentence && <p className="jp-Faas-secondary">{sentence}</p>}
      {schema && (
        <Disclosure summary="JSON schema">
          <JsonView value={schema as unknown as Json} />
        </Disclosure>
      )}
    </>
  );
}

import React from 'react';

import type { IOpenApi } from '../../api/openapi';
import { Button } from '../../components/button';
import { Disclosure } from '../../components/disclosure';
import { Message } from '../../components/message';
import { Select } from '../../components/select';
import { listOperations, openApiPackage } from './openapi';
import { OpenApiOperation } from './openapioperation';
import type { IPageProps } from './props';

/** The section with the OpenAPI document of the function, its package or its namespace. */
export function OpenApiSection(props: IPageProps): React.ReactElement | null {
  const { model, manager } = props;
  const { state, value, message, hint } = model.openapi;
  const web = (manager.functionNamed(model.name)?.web_url ?? null) !== null;
  if (!web && model.page.state === 'failed') {
    // The target no longer has the function, so it is not known whether it was a web action.
    return null;
  }
  return (
    <section aria-label="API" aria-busy={web && state === 'loading'}>
      <div className="jp-FaasPage-above">
        <h2 className="jp-FaasPage-heading">API</h2>
        {web && value && <Tools {...props} document={value} />}
      </div>
      {!web && <NotAWebAction {...props} />}
      {web && state === 'failed' && (
        <Message tone="error" title={message}>
          {hint && <p>{hint}</p>}
        </Message>
      )}
      {web && value && <Operations {...props} document={value} />}
      {web && state === 'loading' && !value && <p className="jp-Faas-secondary">Loading…</p>}
    </section>
  );
}

interface IDocumentProps extends IPageProps {
  document: IOpenApi;
}

function Tools({ model, actions, document }: IDocumentProps): React.ReactElement {
  const { name, scope } = model;
  const text = JSON.stringify(document, null, 2);
  const inPackage = openApiPackage(name);
  return (
    <div className="jp-FaasPage-tools">
      <Select
        label="Content of the document"
        value={scope}
        options={[
          {
            value: 'package',
            label: inPackage === 'default' ? 'Actions without a package' : `Package ${inPackage}`
          },
          { value: 'namespace', label: 'Whole namespace' }
        ]}
        onChange={chosen => (model.scope = chosen === 'namespace' ? 'namespace' : 'package')}
      />
      <Button
        label="Copy the OpenAPI document"
        onClick={() => actions.copy(text, 'Copied openapi.json')}
      >
        Copy
      </Button>
      <Button
        label="Download the OpenAPI document"
        onClick={() => actions.download('openapi.json', `${text}\n`)}
      >
        Download openapi.json
      </Button>
    </div>
  );
}

function NotAWebAction({ model, manager }: IPageProps): React.ReactElement {
  const ours = model.page.value?.schema !== null;
  const what = manager.functionNamed(model.name)?.composition ? 'composition' : 'function';
  return (
    <p className="jp-Faas-secondary">
      {`This ${what} is not a web action, so it is not in the OpenAPI document, and callers need the key. `}
      {ours ? (
        <>
          {'To make it a web action, add '}
          <code>--web</code>
          {` after the name in its %%${what} line, then run the cell and deploy it again.`}
        </>
      ) : (
        <>
          {'To make it a web action, set its annotation '}
          <code>web-export</code>
          {' to true.'}
        </>
      )}
    </p>
  );
}

function Operations({ document, model, actions }: IDocumentProps): React.ReactElement {
  return (
    <div className="jp-FaasPage-operations">
      {listOperations(document).map(one => (
        <Disclosure
          key={one.path}
          open={one.name === model.name}
          summary={
            <span className="jp-FaasPage-operation">
              <span className="jp-FaasPage-method">POST</span>
              <span className="jp-Faas-mono">{one.path}</span>
            </span>
          }
        >
          <OpenApiOperation operation={one} copy={actions.copy} />
        </Disclosure>
      ))}
      <p className="jp-Faas-secondary jp-Faas-small">
        {`OpenAPI 3.1, ${document.info.title}, version ${document.info.version}. `}
        {'Client generators can read this document.'}
      </p>
    </div>
  );
}

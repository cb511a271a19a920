import React from 'react';

import type { IFunctionPage } from '../../api/page';
import { Button } from '../../components/button';
import { Trouble } from '../../components/errorview';
import { Python } from '../../components/python';
import { withPreset } from '../../components/run/formfields';
import { TryIt } from '../../components/run/tryit';
import { Flow } from '../../flow/flow';
import { calledIn, notesOf, standingOf } from '../../state/compositioncalls';
import { DocumentBody } from '../documentbody';
import { Facts } from './details';
import { PageHead, PageToolbar } from './header';
import { Api } from './openapisection';
import type { IPageProps } from './props';
import { Values } from './signature';
import { UseItFrom } from './usage';

/** Pixels: there is a document for the whole graph. */
const PREVIEW_HEIGHT = 320;

/** The document of one deployed function, for those who never saw its notebook. */
export class FunctionPageBody extends DocumentBody<IPageProps> {
  constructor(props: IPageProps) {
    super(props, 'jp-FaasPage');
  }

  protected override draw(): React.ReactElement {
    return <FunctionPage {...this.props} />;
  }
}

function FunctionPage(props: IPageProps): React.ReactElement {
  const { model, manager, actions } = props;
  const { state, value } = model.page;
  return (
    <>
      <PageToolbar {...props} />
      <div className="jp-FaasPage-page" aria-busy={state === 'loading'}>
        <PageHead {...props} />
        <Trouble
          model={model}
          manager={manager}
          problem={state === 'failed' ? model.page : null}
          startPlayground={actions.startPlayground}
        >
          The function is kept; calling it starts it.
        </Trouble>
        {value && <Known {...props} page={value} />}
        {state === 'loading' && !value && (
          <p className="jp-Faas-secondary">Loading {model.name}…</p>
        )}
      </div>
    </>
  );
}

function Known(props: IPageProps & { page: IFunctionPage }): React.ReactElement {
  const { page, model, actions } = props;
  return (
    <>
      {(page.doc ?? page.signature) && (
        <div>
          {page.doc && <p className="jp-FaasPage-doc">{page.doc}</p>}
          {page.signature && (
            <div className="jp-FaasSignature">
              <Python text={page.signature} />
            </div>
          )}
        </div>
      )}
      {model.graph && <Graph {...props} />}
      <div className="jp-FaasPage-columns">
        <Values page={page} />
        <section aria-label="Try it">
          <h2 className="jp-FaasPage-heading">Try it</h2>
          <TryIt
            key={JSON.stringify(page.schema)}
            name={page.name}
            schema={withPreset(page.schema, page.preset)}
            initial={model.form}
            examples={page.examples.map(one => one.params)}
            onEdited={form => (model.form = form)}
            invoke={actions.invoke}
            linkTo={actions.linkTo}
          />
        </section>
      </div>
      <UseItFrom {...props} />
      <Api {...props} />
      <Facts {...props} page={page} />
    </>
  );
}

function Graph({ model, manager, actions }: IPageProps): React.ReactElement | null {
  const { graph, name } = model;
  return (
    graph && (
      <section aria-label="Graph">
        <div className="jp-FaasPage-above">
          <h2 className="jp-FaasPage-heading">Graph</h2>
          <Button onClick={actions.openGraph} label={`Open the graph of ${name}`}>
            Open graph
          </Button>
        </div>
        <Flow
          graph={graph}
          name={name}
          notes={notesOf(standingOf(calledIn(graph), manager, null))}
          bare
          maxHeight={PREVIEW_HEIGHT}
        />
      </section>
    )
  );
}

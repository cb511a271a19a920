import React from 'react';

import type { IFunctionPage } from '../../api/page';
import { Button } from '../../components/button';
import { ErrorView } from '../../components/errorview';
import { PythonCode } from '../../components/python';
import { withPreset } from '../../components/run/formfields';
import { TryIt } from '../../components/run/tryit';
import { Tabs, type ITab } from '../../components/tabs';
import { Flow } from '../../flow/flow';
import { actionsCalledBy, boxNotes, withCurrentStates } from '../../state/compositioncalls';
import { DocumentBody } from '../documentbody';
import { History } from './history/body';
import { FunctionDetails } from './details';
import { PageHeader, PageToolbar } from './header';
import { OpenApiSection } from './openapisection';
import type { PageTab } from './model';
import type { IPageProps } from './props';
import { RolloutSections } from './rollout/section';
import { Signature } from './signature';
import { UsageSection } from './usage';

/** The height of the preview in px. The document of the graph shows the whole graph. */
const PREVIEW_HEIGHT = 560;

const TABS: readonly ITab<PageTab>[] = [
  { name: 'overview', label: 'Overview' },
  { name: 'history', label: 'History' }
];

/** The page of one deployed function, for users who do not have its notebook. */
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
        <PageHeader {...props} />
        <ErrorView
          model={model}
          manager={manager}
          problem={state === 'failed' ? model.page : null}
          startPlayground={actions.startPlayground}
        >
          The function and its history are kept. Calling it starts the playground.
        </ErrorView>
        <Tabs
          tabs={TABS}
          chosen={model.tab}
          onChoose={tab => (model.tab = tab)}
          label="Views of the function"
        >
          {model.tab === 'history' && (
            <History model={model.history} manager={manager} onRollBack={actions.rollBack} />
          )}
          {model.tab === 'overview' && value && <PageSections {...props} page={value} />}
          {model.tab === 'overview' && state === 'loading' && !value && (
            <p className="jp-Faas-secondary">Loading {model.name}…</p>
          )}
        </Tabs>
      </div>
    </>
  );
}

function PageSections(props: IPageProps & { page: IFunctionPage }): React.ReactElement {
  const { page, model, manager, actions } = props;
  return (
    <>
      <RolloutSections
        model={model.rollout}
        blocked={!manager.isUpToDate}
        onEnd={actions.endRollout}
        openActivation={actions.openActivation}
      />
      {(page.doc ?? page.signature) && (
        <div>
          {page.doc && <p className="jp-FaasPage-doc">{page.doc}</p>}
          {page.signature && (
            <div className="jp-FaasSignature">
              <PythonCode text={page.signature} />
            </div>
          )}
        </div>
      )}
      {model.graph && <Graph {...props} />}
      <div className="jp-FaasPage-columns">
        <Signature page={page} />
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
            resume={actions.resume}
            linkTo={actions.linkTo}
            // Otherwise, the filled button is that of the message above.
            plain={manager.condition.kind !== 'ready'}
          />
        </section>
      </div>
      <UsageSection {...props} />
      <OpenApiSection {...props} />
      <FunctionDetails {...props} page={page} />
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
          notes={boxNotes(withCurrentStates(actionsCalledBy(graph), manager, null))}
          bare
          maxHeight={PREVIEW_HEIGHT}
        />
      </section>
    )
  );
}

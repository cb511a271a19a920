import { refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { ErrorView } from '../../components/errorview';
import { Flow } from '../../flow/flow';
import { boxesOf, graphOf } from '../../flow/graph';
import type { IBox } from '../../flow/graphparts';
import { version } from '../../format/format';
import { actionsCalledBy, boxNotes, withCurrentStates } from '../../state/compositioncalls';
import { DocumentBody } from '../documentbody';
import { FunctionHeader } from '../functionheader';
import { TargetState } from '../targetstate';
import { ToolbarButton } from '../toolbarbutton';
import type { GraphSource } from './model';
import { NodeDetail } from './nodedetail';
import type { IGraphProps } from './props';

/** What the document shows, as its header and the name of its toolbar say. */
const KICKER = 'Composition graph';

/** The document of one composition's graph. */
export class GraphBody extends DocumentBody<IGraphProps> {
  constructor(props: IGraphProps) {
    super(props, 'jp-FaasGraph');
  }

  protected override draw(): React.ReactElement {
    return <GraphPage {...this.props} />;
  }
}

function GraphPage(props: IGraphProps): React.ReactElement {
  const { model, manager } = props;
  return (
    <>
      <div className="jp-FaasSession-toolbar" role="toolbar" aria-label={`${KICKER} actions`}>
        <ToolbarButton icon={refreshIcon} onClick={() => void model.refresh()}>
          Refresh
        </ToolbarButton>
        <TargetState manager={manager} label={manager.target?.label ?? ''} />
      </div>
      <GraphContent {...props} />
    </>
  );
}

function GraphContent(props: IGraphProps): React.ReactElement {
  const { model, manager, actions } = props;
  const { graph, name } = model;
  const chosen = graph && boxAt(graph, model.selected);
  const deployed = manager.functionNamed(name);
  return (
    <div className="jp-FaasGraph-page">
      <FunctionHeader
        kicker={KICKER}
        model={model}
        manager={manager}
        facts={deployed ? [version(deployed.version)] : []}
      />
      <ErrorView
        model={model}
        manager={manager}
        problem={
          model.side === 'deployed' && model.deployed?.state === 'failed' ? model.deployed : null
        }
        startPlayground={actions.startPlayground}
      >
        {graph
          ? 'The last known graph is shown below.'
          : 'The graph is kept. Start the playground to see it.'}
      </ErrorView>
      <SourceSwitch {...props} />
      {graph ? (
        <Flow
          graph={graph}
          name={name}
          notes={boxNotes(withCurrentStates(actionsCalledBy(graph), manager, model.notebook))}
          selected={model.selected}
          onSelect={path => (model.selected = path)}
          onOpen={path => {
            model.selected = path;
            const box = boxAt(graph, path);
            if (box?.box === 'action') {
              actions.opener(box.title)?.open();
            }
          }}
        />
      ) : (
        <NoGraph {...props} />
      )}
      {chosen && <NodeDetail box={chosen} {...props} />}
    </div>
  );
}

function boxAt(graph: unknown, path: string | null): IBox | null {
  return path === null ? null : (boxesOf(graphOf(graph)).find(one => one.path === path) ?? null);
}

/**
 * A label that says which graph is displayed. If the cell's graph differs from the deployed graph,
 * the label is a switch.
 */
function SourceSwitch({ model, manager }: IGraphProps): React.ReactElement | null {
  const deployed = manager.functionNamed(model.name);
  const held = deployed ? `Deployed ${version(deployed.version)}` : 'Deployed';
  if (!model.differ) {
    return model.graph ? (
      <p className="jp-Faas-secondary">
        {model.side === 'deployed'
          ? 'This is the deployed graph.'
          : 'This graph is from the last run of the cell.'}
      </p>
    ) : null;
  }
  const sides: [GraphSource, string][] = [
    ['cell', 'Cell'],
    ['deployed', held]
  ];
  return (
    <div className="jp-FaasGraph-sides">
      <span className="jp-FaasSegments" role="group" aria-label="Graph to show">
        {sides.map(([side, words]) => (
          <button
            key={side}
            type="button"
            aria-pressed={model.side === side}
            onClick={() => (model.side = side)}
          >
            {words}
          </button>
        ))}
      </span>
      <span className="jp-Faas-secondary">The cell’s graph differs from the deployed one.</span>
    </div>
  );
}

function NoGraph({ model, manager }: IGraphProps): React.ReactElement | null {
  const { deployed, name } = model;
  if (deployed === null) {
    return manager.condition.kind === 'ready' ? (
      <p className="jp-Faas-secondary">
        {name} is not deployed, and no open notebook has packaged it. Run its cell to see its graph.
      </p>
    ) : null;
  }
  switch (deployed.state) {
    case 'loading':
      return <p className="jp-Faas-secondary">Loading the graph of {name}…</p>;
    case 'failed':
      return null;
    case 'ready':
      return (
        <p className="jp-Faas-secondary">
          {name} has no graph, because it is not a composition or was deployed without one.
        </p>
      );
  }
}

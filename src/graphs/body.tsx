import { ReactWidget, refreshIcon, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { calledIn, notesOf, standingOf } from '../called';
import { StateTag } from '../components/badge';
import { IconButton } from '../components/button';
import { FunctionName } from '../components/functionname';
import { Icon } from '../components/icon';
import { Message } from '../components/message';
import { boxesOf, graphOf, type IBox } from '../flow/graph';
import { Flow } from '../flow/flow';
import { version } from '../format';
import { badge } from '../states';
import type { IFaasManager } from '../tokens';
import { BoxDetail } from './detail';
import type { GraphModel, Side } from './model';

export interface IGraphActions {
  /** Where a function leads to: its graph, or its cell; null where there is neither. */
  opener: (name: string) => { words: string; open: () => void } | null;
}

export interface IGraphProps {
  model: GraphModel;
  manager: IFaasManager;
  actions: IGraphActions;
}

/** The document of one composition's graph. */
export class GraphBody extends ReactWidget {
  constructor(private readonly _props: IGraphProps) {
    super();
    this.addClass('jp-FaasGraph');
    this.addClass('jp-Faas');
  }

  get model(): GraphModel {
    return this._props.model;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._props.model.dispose();
      super.dispose();
    }
  }

  protected override render(): React.ReactElement {
    return (
      <UseSignal signal={this._props.model.changed}>
        {() => <GraphPage {...this._props} />}
      </UseSignal>
    );
  }
}

function GraphPage(props: IGraphProps): React.ReactElement {
  const { model, manager, actions } = props;
  const { graph, name } = model;
  const chosen = graph && boxAt(graph, model.selected);
  return (
    <div className="jp-FaasGraph-page">
      <Head {...props} />
      <Source {...props} />
      {graph ? (
        <Flow
          graph={graph}
          name={name}
          notes={notesOf(standingOf(calledIn(graph), manager, model.notebook))}
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
        <Absence model={model} />
      )}
      {chosen && <BoxDetail box={chosen} {...props} />}
    </div>
  );
}

function boxAt(graph: unknown, path: string | null): IBox | null {
  return path === null ? null : (boxesOf(graphOf(graph)).find(one => one.path === path) ?? null);
}

function Head({ model, manager }: IGraphProps): React.ReactElement {
  const { name, notebook } = model;
  const deployed = manager.functionNamed(name);
  const live = notebook?.liveNamed(name);
  const stands = notebook && live ? notebook.standing(live) : null;
  const held = deployed === null ? 'not-deployed' : deployed.elsewhere ? 'elsewhere' : 'deployed';
  const shown = badge(stands?.state ?? (manager.known ? held : 'unknown'), {
    job: notebook?.job(name) ?? null,
    version: deployed?.version ?? null,
    seen: manager.functionsAsOf,
    sides: stands?.sides
  });
  return (
    <header role="none" className="jp-FaasGraph-head">
      <Icon name="flow" />
      <h1>
        <FunctionName name={name} />
      </h1>
      {deployed && <span className="jp-Faas-secondary">{version(deployed.version)}</span>}
      <StateTag badge={shown} />
      <span className="jp-FaasCard-space" />
      <span className="jp-Faas-secondary jp-Faas-small">
        on {manager.target?.label ?? 'the target'}
      </span>
      <IconButton label="Refresh" onClick={() => void model.refresh()}>
        <refreshIcon.react tag={null} />
      </IconButton>
    </header>
  );
}

/** Which graph it is; a choice where the cell's is not what is deployed. */
function Source({ model, manager }: IGraphProps): React.ReactElement | null {
  const deployed = manager.functionNamed(model.name);
  const held = deployed ? `Deployed ${version(deployed.version)}` : 'Deployed';
  if (!model.differ) {
    return model.graph ? (
      <p className="jp-Faas-secondary">
        {model.side === 'deployed' ? 'As it is deployed.' : 'As its cell last packaged it.'}
      </p>
    ) : null;
  }
  const sides: [Side, string][] = [
    ['cell', 'Cell'],
    ['deployed', held]
  ];
  return (
    <div className="jp-FaasGraph-sides">
      <span className="jp-FaasSegments" role="group" aria-label="Which graph">
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
      <span className="jp-Faas-secondary">The cell has another graph than what is deployed.</span>
    </div>
  );
}

function Absence({ model }: { model: GraphModel }): React.ReactElement {
  const { deployed, name } = model;
  switch (deployed.state) {
    case 'loading':
      return <p className="jp-Faas-secondary">Loading the graph of {name}…</p>;
    case 'failed':
      return (
        <Message tone="error" title={deployed.message}>
          {deployed.hint && <p>{deployed.hint}</p>}
        </Message>
      );
    case 'ready':
      return (
        <p className="jp-Faas-secondary">
          {name} has no graph: it is no composition, or was deployed without one.
        </p>
      );
    case 'none':
      return (
        <p className="jp-Faas-secondary">
          {name} is not deployed, and no open notebook has packaged it. Run its cell to see its
          graph.
        </p>
      );
  }
}

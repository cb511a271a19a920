import { UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import type { ICard, ICardDeployed, IForecast, IPreflight } from '../api/card';
import type { IAstNode } from '../api/composition';
import type { IFailedLine } from '../api/types';
import { FunctionCard } from '../components/card/functioncard';
import type { ICardActions, ICardProps } from '../components/card/props';
import type { FormStore } from '../components/run/formstore';
import { Flow } from '../flow/flow';
import { preflightVerdict } from '../format/preflight';
import { boxNotes, withCurrentStates } from '../state/compositioncalls';
import { badge, isBusy, packageState } from '../state/functionstate';
import type {
  IFaasManager,
  IFunctionNotebooks,
  IFunctionCell,
  INotebookFunctions
} from '../tokens';
import { useForecast } from './useforecast';
import { usePreflight } from './usepreflight';

/** The height of the preview in px, which leaves the rest of the card visible. */
const PREVIEW_HEIGHT = 560;

/** The services that displays in outputs use. */
export interface IDisplayServices {
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  /** Open the document of an activation. */
  openActivation: (id: string) => void;
  /** Go to the line of the notebook at which a run of the function failed. */
  openLine: (name: string, where: IFailedLine) => void;
  /** The contents of forms, by function name. */
  forms: FormStore;
  /** Open the ⋯ menu of a function. */
  menu: (name: string, under: HTMLElement) => void;
  copy: (text: string) => void;
  /** Write an option into the function's cell, and show it there. */
  setOption: (notebook: INotebookFunctions, name: string, option: string) => void;
  /** Return whether the text of a cell has an option. */
  hasOption: (text: string, option: string) => boolean;
  /** Open the invoke dialog. */
  invoke: (name: string) => void;
  /** Open the graph of a composition in a tab. */
  openGraph: (name: string, graph: IAstNode) => void;
}

interface ILiveCardProps {
  card: ICard;
  services: IDisplayServices;
  notebook: INotebookFunctions | null;
  cellId: string | null;
  keepForecast: (forecast: IForecast) => void;
}

/** A card that updates when its cell, its kernel or the target changes. */
export function LiveCard(props: ILiveCardProps): React.ReactElement {
  const { notebook } = props;
  return notebook === null ? (
    <CurrentCard {...props} />
  ) : (
    <UseSignal signal={notebook.changed}>{() => <CurrentCard {...props} />}</UseSignal>
  );
}

function CurrentCard(props: ILiveCardProps): React.ReactElement {
  const { card, services, notebook, cellId, keepForecast } = props;
  const { manager, forms } = services;
  const { name } = card;
  const { kind } = manager.condition;
  const answers = kind === 'ready' || kind === 'stopped' || kind === 'starting';
  const measuring = useForecast({ card, manager, notebook, server: answers, keep: keepForecast });

  const preflight = usePreflight(card, manager, notebook, answers);
  const judged = preflight ?? { target: card.target, preflight: card.preflight };
  // How long a cold start takes depends on the target too.
  const forecast = { ...card.forecast, ...preflight?.cold_start };

  const here = cellId === null ? null : (notebook?.functionCell(cellId) ?? null);
  const live = here?.name === name ? here : null;
  // Until the first response, the saved state of the card is the best that is available.
  const saved = kind === 'loading';
  // Notebooks beside the current one may have other targets.
  const choice = notebook === null ? manager.api.target : notebook.target;
  const target = manager.targetOf(choice);
  const held = manager.functionsOn(choice);
  const deployed = held?.find(one => one.name === name) ?? (saved ? card.deployed : null);
  const stands = notebook !== null && live !== null && !saved ? notebook.status(live) : null;
  const state = stands?.state ?? packageState(card.bundle, deployed, held !== null || saved);
  const job = notebook?.job(name) ?? null;

  return (
    <FunctionCard
      card={card}
      badge={badge(state, {
        job,
        version: null,
        seen: manager.functionsAsOf,
        sides: stands?.sides
      })}
      deployed={deployed}
      current={packageState(card.bundle, deployed, held !== null || saved) === 'deployed'}
      changed={state !== 'deployed'}
      targetLabel={target?.label ?? card.target.label}
      preflight={preflight}
      forecast={forecast}
      measuring={measuring}
      blocked={blocked({ ...card, forecast }, judged, target?.name, answers)}
      failure={job?.phase === 'failed' ? job : null}
      now={Date.now()}
      form={forms.get(name)}
      onFormEdited={form => forms.set(name, form)}
      actions={cardActions({ card, services, notebook, live, deployed })}
      {...compositionProps(card, manager, notebook)}
    />
  );
}

function blocked(
  card: ICard,
  { target, preflight }: Pick<IPreflight, 'target' | 'preflight'>,
  used: string | undefined,
  answers: boolean
): string | undefined {
  // The saved check of another target does not apply. The deploy itself will check this target.
  if (used === undefined || used === target.name) {
    const found = preflightVerdict({
      checks: preflight,
      forecast: card.forecast,
      timeoutMs: card.timeout_ms,
      label: target.label
    });
    if (found.outcome === 'error') {
      return found.text;
    }
  }
  const run = card.forecast.clean_room;
  if (run?.state === 'failed') {
    return run.message;
  }
  return answers ? undefined : 'You can deploy when the target is available again';
}

interface IActionsOptions {
  card: ICard;
  services: IDisplayServices;
  notebook: INotebookFunctions | null;
  live: IFunctionCell | null;
  deployed: ICardDeployed | null;
}

function cardActions(options: IActionsOptions): ICardActions {
  const { card, services, notebook, live, deployed } = options;
  const { manager, notebooks } = services;
  const { name } = card;
  const { kind } = manager.condition;
  const actions: ICardActions = { copy: services.copy };
  if (notebook !== null && live !== null && kind !== 'no-server-half' && kind !== 'loading') {
    if (isBusy(notebook.job(name))) {
      actions.cancel = () => notebooks.cancel(notebook, name);
    } else {
      actions.deploy = () => void notebooks.deploy(notebook, name);
    }
    actions.setOption = option => services.setOption(notebook, name, option);
    // Until the cell runs again, the card shows the package without the option.
    actions.hasOption = option => services.hasOption(live.text, option);
  }
  const graph = card.composition?.graph;
  if (graph !== undefined) {
    actions.openGraph = () => services.openGraph(name, graph);
  }
  const choice = notebook === null ? manager.api.target : notebook.target;
  if (deployed !== null && manager.functionsOn(choice) !== null) {
    actions.invoke = params => manager.invoke(name, params);
    actions.resume = () => manager.resume(name);
    actions.openInvokeDialog = () => services.invoke(name);
    actions.menu = under => services.menu(name, under);
    actions.linkTo = ({ id }) => ({
      href: manager.api.activationUrl(id),
      open: () => services.openActivation(id),
      openLine: where => services.openLine(name, where)
    });
  }
  return actions;
}

/** Return the additional props of a composition's card, or no props for a function. */
function compositionProps(
  card: ICard,
  manager: IFaasManager,
  notebook: INotebookFunctions | null
): Pick<ICardProps, 'graph' | 'called'> {
  const facts = card.composition;
  if (facts === undefined) {
    return {};
  }
  const called = withCurrentStates(facts.actions, manager, notebook);
  return {
    called,
    graph: (
      <Flow
        graph={facts.graph}
        name={card.name}
        notes={boxNotes(called)}
        bare
        maxHeight={PREVIEW_HEIGHT}
      />
    )
  };
}

import React from 'react';

import type {
  IActivation,
  ICard,
  ICardDeployed,
  IForecast,
  IPreflight,
  ISchema,
  JsonObject
} from '../../api/types';
import type { ICalledAction } from '../../api/session';
import { withPreset } from '../run/formfields';
import type { IBadge } from '../../state/functionstate';
import { CardRow, CostRow, ModelRow, PackageRow, RequirementsRow, TravelsRow } from './cardrows';
import { CardTop } from './cardheader';
import { CleanRoomRow, ExamplesRow } from './cleanroom';
import { CompositionCard } from './compositioncard';
import { Details } from './packagedetails';
import type { IFormState } from '../run/invokeform';
import { PreflightRow } from './preflightrow';
import type { IActivationLink } from '../run/runstatus';
import { TryIt } from '../run/tryit';

/** Each callback that is missing takes its control with it. */
export interface ICardActions {
  deploy?: () => void;
  cancel?: () => void;
  invoke?: (params: JsonObject) => Promise<IActivation>;
  /** Opens the ⋯ menu under its button. */
  menu?: (button: HTMLElement) => void;
  copy?: (text: string) => void;
  linkTo?: (activation: IActivation) => IActivationLink;
  /** What to type where there is no button to deploy with. */
  command?: string;
  /** Writes an option (`--timeout 120`) into the cell. */
  setOption?: (option: string) => void;
  /** Of a composition: asks for parameters and invokes it. */
  ask?: () => void;
  /** Of a composition: shows its graph in a tab. */
  openGraph?: () => void;
}

export interface ICardProps {
  card: ICard;
  badge: IBadge;
  deployed: ICardDeployed | null;
  /** Whether the target runs just this package. */
  current: boolean;
  targetLabel: string;
  /** How the target in use judges the package; without it, what the card was drawn with. */
  preflight?: IPreflight | null;
  forecast: IForecast;
  /** Whether a forecast may still come. */
  measuring: boolean;
  /** What stands in the way of deploying, when something does. */
  blocked?: string;
  /** Why the last deploy failed. */
  failure?: { message: string; hint: string } | null;
  now: number;
  form?: IFormState;
  onFormEdited?: (state: IFormState) => void;
  schema?: ISchema | null;
  actions: ICardActions;
  /** Of a composition: its graph as drawn here. */
  graph?: React.ReactNode;
  /** Of a composition: what it calls, as the target stands now. */
  called?: readonly ICalledAction[];
}

/** What a cell became: what travels, how it compares, what it will cost; and the way to the target. */
export function FunctionCard(props: ICardProps): React.ReactElement {
  const { card, current, actions } = props;
  if (card.composition) {
    return <CompositionCard {...props} facts={card.composition} />;
  }
  return (
    <section className="jp-FaasCard" aria-label={`Function ${card.name}`}>
      <CardTop {...props} />
      {current && actions.invoke && (
        <CardRow label="Try it">
          <TryIt
            name={card.name}
            schema={withPreset(card.schema, card.preset)}
            initial={props.form}
            examples={card.examples?.map(example => example.params)}
            onEdited={props.onFormEdited}
            invoke={actions.invoke}
            linkTo={actions.linkTo}
          />
        </CardRow>
      )}
      <Details {...props}>
        <Facts {...props} />
      </Details>
    </section>
  );
}

function Facts(props: ICardProps): React.ReactElement {
  const { card, forecast, measuring, actions } = props;
  // A model has its own row.
  const captured = card.captured.filter(one => one.kind !== 'model');
  return (
    <>
      {card.models.map(model => (
        <ModelRow
          key={model.name}
          model={model}
          forecast={forecast}
          named={card.models.length > 1}
        />
      ))}
      {captured.length > 0 && <TravelsRow captured={captured} />}
      <PackageRow files={card.files} size={card.size} />
      <RequirementsRow requirements={card.requirements} />
      <PreflightRow
        checks={props.preflight?.preflight ?? card.preflight}
        label={props.preflight?.target.label ?? card.target.label}
        timeoutMs={card.timeout_ms}
        forecast={forecast}
        measuring={measuring}
        setOption={actions.setOption}
      />
      <CleanRoomRow forecast={forecast} measuring={measuring} />
      <CostRow forecast={forecast} />
      <ExamplesRow examples={card.examples ?? []} copy={actions.copy} />
    </>
  );
}

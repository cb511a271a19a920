/** What a card shows, and what its buttons do. */

import type React from 'react';

import type { ICard, ICardDeployed, IForecast, IPreflight } from '../../api/card';
import type { ICalledAction } from '../../api/composition';
import type { IActivation } from '../../api/types';
import type { ISchema, JsonObject } from '../../api/values';
import type { IBadge } from '../../state/functionstate';
import type { IFormState } from '../run/invokeform';
import type { IActivationLink } from '../run/runstatus';

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

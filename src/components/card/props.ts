/**
 * The props of cards. They are separate from the components because the components import each
 * other.
 */

import type React from 'react';

import type { ICard, ICardDeployed, IForecast, IPreflight } from '../../api/card';
import type { ICalledAction } from '../../api/composition';
import type { IActivation } from '../../api/types';
import type { ISchema, JsonObject } from '../../api/values';
import type { IBadge } from '../../state/functionstate';
import type { IFormState } from '../run/invokeform';
import type { IActivationLink } from '../run/runstatus';

/** The callbacks of a card's buttons. If a callback is missing, its button is hidden. */
export interface ICardActions {
  deploy?: () => void;
  cancel?: () => void;
  invoke?: (params: JsonObject) => Promise<IActivation>;
  /** Return the run of an earlier call that has no reply yet, or null. */
  resume?: () => Promise<IActivation> | null;
  /** Open the ⋯ menu under the button that was clicked. */
  menu?: (button: HTMLElement) => void;
  copy?: (text: string) => void;
  linkTo?: (activation: IActivation) => IActivationLink;
  /** The magic to type in front ends without a deploy button. */
  command?: string;
  /** Write an option, such as `--timeout 120`, into the cell. */
  setOption?: (option: string) => void;
  /** Return whether the cell has an option already. */
  hasOption?: (option: string) => boolean;
  /** Open the invoke dialog of a composition. */
  openInvokeDialog?: () => void;
  /** Open the graph of a composition in a tab. */
  openGraph?: () => void;
}

export interface ICardProps {
  card: ICard;
  badge: IBadge;
  deployed: ICardDeployed | null;
  /** Whether the target runs exactly this package. */
  current: boolean;
  /** Whether the cell, a value or the target changed since, so that there is something to deploy. */
  changed?: boolean;
  targetLabel: string;
  /**
   * The preflight check against the current target; by default the check that is saved in the card.
   */
  preflight?: IPreflight | null;
  forecast: IForecast;
  /** Whether a forecast may still arrive. */
  measuring: boolean;
  /** The reason why the function cannot be deployed, if any. */
  blocked?: string;
  /** The error of the last deploy; null if it succeeded. */
  failure?: { message: string; hint: string } | null;
  now: number;
  form?: IFormState;
  onFormEdited?: (state: IFormState) => void;
  schema?: ISchema | null;
  actions: ICardActions;
  /** The drawn graph of a composition. */
  graph?: React.ReactNode;
  /** The actions that a composition calls, with their current states. */
  called?: readonly ICalledAction[];
}

/** The props of a function's page, and the actions that the application provides. */

import type { IRollout, RolloutEnd } from '../../api/rollouts';
import type { IActivation } from '../../api/types';
import type { JsonObject } from '../../api/values';
import type { IActivationLink } from '../../components/run/runstatus';
import type { IFaasManager } from '../../tokens';
import type { FunctionPageModel } from './model';

export interface IPageActions {
  copy: (text: string, words: string) => void;
  /** Download text as a file. */
  download: (name: string, text: string) => void;
  invoke: (params: JsonObject) => Promise<IActivation>;
  resume: () => Promise<IActivation> | null;
  linkTo: (activation: IActivation) => IActivationLink;
  /** Roll back after the user confirms it. `to` is the key of a deploy. */
  rollBack: (to: string) => void;
  /** Promote or discard the new version after the user confirms it. */
  endRollout: (end: RolloutEnd, kind: IRollout['kind']) => void;
  openActivation: (id: string) => void;
  startPlayground: () => void;
  openGraph: () => void;
  /** Return a function that shows the cell, or null if no open notebook has it. */
  cell: () => (() => void) | null;
}

export interface IPageProps {
  model: FunctionPageModel;
  manager: IFaasManager;
  actions: IPageActions;
}

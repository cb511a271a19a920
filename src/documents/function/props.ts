/** What the page of a function is given, and what it asks of the world around it. */

import type { IActivation } from '../../api/types';
import type { JsonObject } from '../../api/values';
import type { IActivationLink } from '../../components/run/runstatus';
import type { IFaasManager } from '../../tokens';
import type { FunctionPageModel } from './model';

export interface IPageActions {
  copy: (text: string, words: string) => void;
  /** Gives the browser a file. */
  download: (name: string, text: string) => void;
  invoke: (params: JsonObject) => Promise<IActivation>;
  linkTo: (activation: IActivation) => IActivationLink;
  history: () => void;
  startPlayground: () => void;
  openGraph: () => void;
  /** Shows the cell; null where no open notebook has it. */
  cell: () => (() => void) | null;
}

export interface IPageProps {
  model: FunctionPageModel;
  manager: IFaasManager;
  actions: IPageActions;
}

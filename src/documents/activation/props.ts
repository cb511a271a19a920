/**
 * The props of the document of an activation and of its tabs, and the actions it needs from the
 * application.
 */

import type { ISession } from '../../api/session';
import type { JsonObject } from '../../api/values';
import type { IFaasManager, IFunctionNotebooks } from '../../tokens';
import type { SessionModel } from './model';
import type { IStepNode } from './steptree';

export interface ISessionProps {
  model: SessionModel;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  actions: ISessionActions;
}

export interface ITabProps extends ISessionProps {
  session: ISession;
  tree: IStepNode;
}

/** What the application does for the document. */
export interface ISessionActions {
  /** Open the document of another activation. */
  open: (id: string) => void;
  copy: (text: string, told?: string) => void;
  /** Replay the run after a confirmation. */
  replay: (session: ISession) => void;
  /**
   * Open the cell of the function; null if its notebook is not known. Reports a missing notebook or
   * cell itself.
   */
  openCell: (session: ISession) => (() => void) | null;
  /** Open the page of a function; null if it is no longer deployed. */
  page: (name: string) => (() => void) | null;
  /** Open the history of a function; null if it is no longer deployed. */
  history: (name: string) => (() => void) | null;
  /**
   * Return a shell command with these parameters or example values; null if the target has no known
   * key file.
   */
  curl: (session: ISession, params?: JsonObject) => string | null;
  /** Write `--memory N` into the cell of the function; null if it is not open. */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  startPlayground: () => void;
}

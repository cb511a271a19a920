/**
 * The props of the document of an activation and of its tabs, and the actions that the application
 * provides.
 */

import type { ISession } from '../../api/session';
import type { IFailedLine } from '../../api/types';
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

/** The actions that the application provides to the document. */
export interface ISessionActions {
  /** Open the document of another activation. */
  open: (id: string) => void;
  copy: (text: string, told?: string) => void;
  /** Replay the run after the user confirms it. */
  replay: (session: ISession) => void;
  /** Open the form of the function with these parameters. */
  editAndRun: (session: ISession, params: JsonObject) => void;
  /** Whether an open notebook has the cell of the session's function. */
  hasCell: (session: ISession) => boolean;
  /** Run the notebook's function with the input of the run, and show both answers there. */
  replayHere: (session: ISession) => void;
  /** Insert a cell that calls the function with these parameters. */
  intoNotebook: (session: ISession, params: JsonObject) => void;
  /** End the run, if the target can. */
  cancel: (session: ISession) => void;
  /**
   * Return a function that opens the cell of the session's function, or null if the notebook is not
   * known. The returned function reports a missing notebook or cell itself.
   */
  openCell: (session: ISession) => (() => void) | null;
  /** Go to the line of the notebook at which a run of the function failed. */
  openLine: (name: string, where: IFailedLine) => void;
  /**
   * Return a function that opens the page of a function, or null if the function is no longer
   * deployed.
   */
  page: (name: string) => (() => void) | null;
  /**
   * Return a function that opens the history of a function, or null if the function is no longer
   * deployed.
   */
  history: (name: string) => (() => void) | null;
  /**
   * Return a shell command that invokes the function with these parameters, by default with example
   * values. Null if the target's API key file is not known.
   */
  curl: (session: ISession, params?: JsonObject) => string | null;
  /**
   * Return a function that writes `--memory N` into the cell of a function, or null if the cell is
   * not open.
   */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  startPlayground: () => void;
}

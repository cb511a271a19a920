/** What the document of an activation is given, and what its tabs are. */

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

export interface ISheetProps extends ISessionProps {
  session: ISession;
  tree: IStepNode;
}

/** What the document asks of the world around it. */
export interface ISessionActions {
  /** Opens another activation's document. */
  open: (id: string) => void;
  copy: (text: string, told?: string) => void;
  /** Asks first. */
  replay: (session: ISession) => void;
  /** Null where nothing tells of a notebook; it says itself when what is told of is gone. */
  openCell: (session: ISession) => (() => void) | null;
  /** The page of a function; null where the target does not have it any more. */
  page: (name: string) => (() => void) | null;
  /** As {@link page}. */
  history: (name: string) => (() => void) | null;
  /** A shell command with these parameters, else made-up ones; null where none can be given. */
  curl: (session: ISession, params?: JsonObject) => string | null;
  /** Writes `--memory N` into the open cell of that function; null without one. */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  startPlayground: () => void;
}

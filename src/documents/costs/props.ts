/** The props of the document of costs, and the actions that the application provides. */

import type { CostsModel } from '../../state/costsmodel';
import type { IFaasManager } from '../../tokens';

export interface ICostsActions {
  copy: (text: string, what: string) => void;
  startPlayground: () => void;
  /**
   * Return a function that writes a memory size into the cell of a function, or null if the cell is
   * not open.
   */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  /** Ask the user for a new budget of the target. */
  setBudget: () => void;
  /**
   * Create the keep-warm rule after the user confirms it. The confirmation shows a price that is
   * computed from the calls since `since` and the price list `prices`.
   */
  keepWarm: (name: string, question: { prices: string; since: number }) => void;
  stopKeepingWarm: (name: string) => void;
}

export interface ICostsProps {
  model: CostsModel;
  manager: IFaasManager;
  actions: ICostsActions;
}

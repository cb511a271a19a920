/** The props of the document of costs, and the actions it needs from the application. */

import type { CostsModel } from '../../state/costsmodel';
import type { IFaasManager } from '../../tokens';

export interface ICostsActions {
  copy: (text: string, what: string) => void;
  startPlayground: () => void;
  /** Write a memory size into the function's cell; null if it is not open. */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  /** Ask for a new budget of the target. */
  setBudget: () => void;
  /**
   * Create the keep-warm rule after a confirmation, which shows the price from these calls and
   * prices.
   */
  keepWarm: (name: string, question: { prices: string; since: number }) => void;
  stopKeepingWarm: (name: string) => void;
}

export interface ICostsProps {
  model: CostsModel;
  manager: IFaasManager;
  actions: ICostsActions;
}

/** What the document of costs is given, and what it asks of the world around it. */

import type { CostsModel } from '../../state/costsmodel';
import type { IFaasManager } from '../../tokens';

export interface ICostsActions {
  copy: (text: string, what: string) => void;
  startPlayground: () => void;
  /** Writes a memory size into the function's cell; null where no open notebook has that. */
  setMemory: (name: string) => ((megabytes: number) => void) | null;
  /** Asks for the budget of the target. */
  setBudget: () => void;
  /** Asks before it makes the rule; the price is told of these calls and by these prices. */
  keepWarm: (name: string, question: { prices: string; since: number }) => void;
  stopKeepingWarm: (name: string) => void;
}

export interface ICostsProps {
  model: CostsModel;
  manager: IFaasManager;
  actions: ICostsActions;
}

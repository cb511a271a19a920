import { Signal, type ISignal } from '@lumino/signaling';

import type { IBudgetSetting } from '../tokens';

/** The methods of the API that this module calls, so that tests need to provide only these. */
interface IBudgetApi {
  setBudget(usdPerMonth: string | null): Promise<void>;
}

/**
 * Sets the budget of the target and notifies cost reports. It is separate from the manager because
 * cost models observe only the budget.
 */
export class Budget implements IBudgetSetting {
  constructor(private readonly _api: IBudgetApi) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async set(usdPerMonth: string | null): Promise<void> {
    await this._api.setBudget(usdPerMonth);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

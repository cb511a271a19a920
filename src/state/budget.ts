import { Signal, type ISignal } from '@lumino/signaling';

import type { IBudgetSetting } from '../tokens';

/** The part of the API that is used here, so that tests need no more. */
interface IBudgetApi {
  setBudget(usdPerMonth: string | null): Promise<void>;
}

/**
 * Sets the budget of the target and notifies cost reports. Apart from the manager because cost
 * models listen to it alone.
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

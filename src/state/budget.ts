import { Signal, type ISignal } from '@lumino/signaling';

import type { IBudgetSetting } from '../tokens';

/** What of the server half is asked here. */
interface IBudgetApi {
  setBudget(usdPerMonth: string | null): Promise<void>;
}

/** Sets the budget of the target, and says that it is another. */
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

import { Throttler } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { ICostsQuery, ICostsReport } from '../api/costs';
import { describeError } from '../api/errors';
import { periodStart, utcOffset, type Period } from '../format/periods';
import type { Condition, IFaasManager } from '../tokens';

/**
 * The minimum interval between refreshes of the report after new activations, which change the
 * costs.
 */
const REFRESH_INTERVAL_MS = 5000;

/**
 * The costs of the target's functions in a period. The model refreshes when the target, its
 * activations or its budget change.
 */
export class CostsModel implements IDisposable {
  constructor(private readonly _options: CostsModel.IOptions) {
    const { manager } = _options;
    this._refreshThrottler = new Throttler(() => this.refresh(), {
      limit: _options.afterNewsMs ?? REFRESH_INTERVAL_MS,
      edge: 'trailing'
    });
    manager.changed.connect(this._onChanged, this);
    manager.activationsAdded.connect(this._onActivationsAdded, this);
    manager.budget.changed.connect(this._onBudget, this);
    this._seenState = this._state();
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The last report, which is kept while the target is unreachable. */
  get report(): ICostsReport | null {
    return this._report;
  }

  /** The period of {@link report}. {@link period} may already be a different one. */
  get reportPeriod(): Period {
    return this._reportPeriod;
  }

  /** The error of the last request; null if it succeeded. */
  get problem(): { message: string; hint: string } | null {
    return this._problem;
  }

  get loading(): boolean {
    return this._loading;
  }

  get condition(): Condition {
    return this._options.manager.condition;
  }

  /** Whether {@link report} matches the current state of the target. */
  get isUpToDate(): boolean {
    return this._isReady() && this._problem === null;
  }

  get period(): Period {
    return this._period;
  }

  set period(period: Period) {
    if (period !== this._period) {
      this._period = period;
      void this.refresh();
    }
  }

  /** The name of the price list; null for the default list. */
  get prices(): string | null {
    return this._prices;
  }

  set prices(name: string | null) {
    this._prices = name;
    void this.refresh();
  }

  /** The always-on server to compare with; null for the cheapest server that fits. */
  get alwaysOn(): string | null {
    return this._alwaysOn;
  }

  set alwaysOn(name: string | null) {
    this._alwaysOn = name;
    void this.refresh();
  }

  /** The assumed share of cold starts, from 0 to 1 or as `5%`; null for the observed share. */
  get coldRate(): string | null {
    return this._coldRate;
  }

  set coldRate(rate: string | null) {
    if (rate !== this._coldRate) {
      this._coldRate = rate;
      void this.refresh();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  async refresh(): Promise<void> {
    if (!this._isReady() || this._isDisposed) {
      return;
    }
    const asked = ++this._requestCount;
    const period = this._period;
    this._loading = true;
    this._changed.emit();
    const answer = await this._fetchReport();
    if (asked !== this._requestCount || this.isDisposed) {
      return;
    }
    this._loading = false;
    if ('report' in answer) {
      this._report = answer.report;
      this._reportPeriod = period;
      this._problem = null;
    } else {
      this._problem = answer;
    }
    this._changed.emit();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      const { manager } = this._options;
      manager.changed.disconnect(this._onChanged, this);
      manager.activationsAdded.disconnect(this._onActivationsAdded, this);
      manager.budget.changed.disconnect(this._onBudget, this);
      this._refreshThrottler.dispose();
      Signal.clearData(this);
    }
  }

  private async _fetchReport(): Promise<
    { report: ICostsReport } | { message: string; hint: string }
  > {
    const now = Date.now();
    const question: ICostsQuery = {
      since: periodStart(this._period, now),
      utc_offset: utcOffset(now)
    };
    if (this._prices !== null) {
      question.prices = this._prices;
    }
    if (this._alwaysOn !== null) {
      question.always_on = this._alwaysOn;
    }
    if (this._coldRate !== null) {
      question.cold_rate = this._coldRate;
    }
    try {
      return { report: await this._options.manager.api.costs(question) };
    } catch (error) {
      return describeError(error);
    }
  }

  private _onChanged(): void {
    const state = this._state();
    if (state === this._seenState) {
      this._refreshIfNothingCounted();
      return;
    }
    const [target] = state.split('\n');
    if (target !== this._seenState.split('\n')[0]) {
      // The report of the old target does not apply to the new target, nor does a response to a
      // pending request.
      this._requestCount += 1;
      this._report = null;
      this._problem = null;
      this._loading = false;
    }
    this._seenState = state;
    this._changed.emit();
    void this.refresh();
  }

  private _onActivationsAdded(): void {
    // The result is not needed. A disposed throttler rejects, which is not an error here.
    this._refreshThrottler.invoke().catch(() => undefined);
  }

  /**
   * Refresh at once if the report is empty although there are activations: "nothing was called"
   * must not stay next to them until the next regular refresh.
   */
  private _refreshIfNothingCounted(): void {
    const latest = this._options.manager.activations?.[0]?.id ?? null;
    if (latest !== this._seenActivation && this._report?.functions.length === 0) {
      this._seenActivation = latest;
      void this.refresh();
    }
  }

  private _onBudget(): void {
    void this.refresh();
  }

  private _isReady(): boolean {
    return this._options.manager.condition.kind === 'ready';
  }

  private _state(): string {
    const { target, condition } = this._options.manager;
    return `${target?.name ?? ''}\n${condition.kind}`;
  }

  private readonly _refreshThrottler: Throttler;
  private readonly _changed = new Signal<this, void>(this);
  private _report: ICostsReport | null = null;
  private _reportPeriod: Period = 'week';
  private _problem: { message: string; hint: string } | null = null;
  private _loading = false;
  private _period: Period = 'week';
  private _prices: string | null = null;
  private _alwaysOn: string | null = null;
  private _coldRate: string | null = null;
  private _seenState: string;
  private _seenActivation: string | null = null;
  private _requestCount = 0;
  private _isDisposed = false;
}

export namespace CostsModel {
  export interface IOptions {
    manager: IFaasManager;
    /** The minimum interval between refreshes after new activations, in ms. */
    afterNewsMs?: number;
  }
}

import { Throttler } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { ICostsQuery, ICostsReport } from '../api/costs';
import { errorWords } from '../api/errors';
import { beginOf, utcOffset, type Period } from '../format/periods';
import type { IFaasManager } from '../tokens';

/** New activations change the sums; so often they are asked for at most. */
const AFTER_NEWS_MS = 5000;

/** What the functions of the target cost in a period. Follows the target and its activations. */
export class CostsModel implements IDisposable {
  constructor(private readonly _options: CostsModel.IOptions) {
    const { manager } = _options;
    this._news = new Throttler(() => this.refresh(), {
      limit: _options.afterNewsMs ?? AFTER_NEWS_MS,
      edge: 'trailing'
    });
    manager.changed.connect(this._onChanged, this);
    manager.activationsAdded.connect(this._onNews, this);
    manager.budget.changed.connect(this._onBudget, this);
    this._seen = this._state();
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The last answer; it stays when the target is out of reach. */
  get report(): ICostsReport | null {
    return this._report;
  }

  /** The period that {@link report} is of. */
  get reported(): Period {
    return this._reported;
  }

  /** Why the last question has no answer. */
  get problem(): { message: string; hint: string } | null {
    return this._problem;
  }

  get loading(): boolean {
    return this._loading;
  }

  /** Whether {@link report} tells what the target would tell now. */
  get known(): boolean {
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

  /** The name of a price list; null: the one in use. */
  get prices(): string | null {
    return this._prices;
  }

  set prices(name: string | null) {
    this._prices = name;
    void this.refresh();
  }

  /** What functions are compared with; null: the cheapest that fits. */
  get alwaysOn(): string | null {
    return this._alwaysOn;
  }

  set alwaysOn(name: string | null) {
    this._alwaysOn = name;
    void this.refresh();
  }

  /** Of cold starts, from 0 to 1 or as `5%`; null: what was seen. */
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
    const asked = ++this._asked;
    const period = this._period;
    this._loading = true;
    this._changed.emit();
    const answer = await this._ask();
    if (asked !== this._asked || this.isDisposed) {
      return;
    }
    this._loading = false;
    if ('report' in answer) {
      this._report = answer.report;
      this._reported = period;
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
      manager.activationsAdded.disconnect(this._onNews, this);
      manager.budget.changed.disconnect(this._onBudget, this);
      this._news.dispose();
      Signal.clearData(this);
    }
  }

  private async _ask(): Promise<{ report: ICostsReport } | { message: string; hint: string }> {
    const now = Date.now();
    const question: ICostsQuery = {
      since: beginOf(this._period, now),
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
      return errorWords(error);
    }
  }

  private _onChanged(): void {
    const state = this._state();
    if (state === this._seen) {
      return;
    }
    const [target] = state.split('\n');
    if (target !== this._seen.split('\n')[0]) {
      // Another target: what the old one told says nothing of it.
      this._asked += 1;
      this._report = null;
      this._problem = null;
      this._loading = false;
    }
    this._seen = state;
    this._changed.emit();
    void this.refresh();
  }

  private _onNews(): void {
    // Not the answer is wanted, and a disposed throttler has none.
    this._news.invoke().catch(() => undefined);
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

  private readonly _news: Throttler;
  private readonly _changed = new Signal<this, void>(this);
  private _report: ICostsReport | null = null;
  private _reported: Period = 'week';
  private _problem: { message: string; hint: string } | null = null;
  private _loading = false;
  private _period: Period = 'week';
  private _prices: string | null = null;
  private _alwaysOn: string | null = null;
  private _coldRate: string | null = null;
  private _seen: string;
  private _asked = 0;
  private _isDisposed = false;
}

export namespace CostsModel {
  export interface IOptions {
    manager: IFaasManager;
    /** Milliseconds between new activations and the question that follows them. */
    afterNewsMs?: number;
  }
}

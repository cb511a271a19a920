import type { IFired, INewTrigger, IRule, ITrigger, ITriggerList } from '../api/triggers';
import type { ITriggers, IFunctionRule } from '../tokens';

/** The methods of the API that this module calls, so that tests need to provide only these. */
interface ITriggerApi {
  triggers(): Promise<ITriggerList>;
  createTrigger(trigger: INewTrigger): Promise<ITrigger>;
  removeTrigger(trigger: string): Promise<void>;
  fire(trigger: string): Promise<IFired>;
  setRule(rule: string, active: boolean): Promise<IRule>;
}

/** Holds the last list of triggers, and calls `changed` when the list differs. */
export class Triggers implements ITriggers {
  constructor(
    private readonly _api: ITriggerApi,
    private readonly _changed: () => void
  ) {}

  of(name: string): readonly IFunctionRule[] {
    return this._list.flatMap(trigger =>
      trigger.rules
        .filter(rule => rule.action === name)
        .map(rule => ({
          trigger: trigger.name,
          rule: rule.name,
          when: trigger.when,
          active: rule.active
        }))
    );
  }

  async fire(trigger: string): Promise<IFired> {
    const fired = await this._api.fire(trigger);
    void this.refresh();
    return fired;
  }

  async create(trigger: INewTrigger): Promise<void> {
    try {
      await this._api.createTrigger(trigger);
    } finally {
      await this.refresh();
    }
  }

  async remove(trigger: string): Promise<void> {
    try {
      await this._api.removeTrigger(trigger);
    } finally {
      await this.refresh();
    }
  }

  async setActive(rule: string, active: boolean): Promise<void> {
    try {
      await this._api.setRule(rule, active);
    } finally {
      await this.refresh();
    }
  }

  /**
   * Reload the list. The list becomes empty if the target or an older server extension does not
   * support triggers.
   */
  async refresh(): Promise<void> {
    try {
      this._set((await this._api.triggers()).triggers);
    } catch {
      this._set([]);
    }
  }

  forget(): void {
    this._list = [];
  }

  private _set(list: ITrigger[]): void {
    const before = JSON.stringify(this._list);
    this._list = list;
    if (JSON.stringify(list) !== before) {
      this._changed();
    }
  }

  private _list: readonly ITrigger[] = [];
}

/** The start of the names of triggers that keep a function warm. */
const KEEP_WARM_PREFIX = 'keep-warm-';

/**
 * Return the name of the trigger that keeps a function warm, such as `keep-warm-iris`. The slash of
 * `package/name` is replaced, because triggers cannot be in packages.
 */
export function keepWarmTriggerName(name: string): string {
  return `${KEEP_WARM_PREFIX}${name.replace('/', '-')}`;
}

/** Return the rule that keeps a function warm, or null. */
export function keepWarmRule(triggers: ITriggers, name: string): IFunctionRule | null {
  return triggers.of(name).find(one => one.trigger.startsWith(KEEP_WARM_PREFIX)) ?? null;
}

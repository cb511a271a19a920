import type { IFired, INewTrigger, IRule, ITrigger, ITriggerList } from '../api/triggers';
import type { ITriggers, IRunBy } from '../tokens';

/** What of the server half is asked here. */
interface ITriggerApi {
  triggers(): Promise<ITriggerList>;
  createTrigger(trigger: INewTrigger): Promise<ITrigger>;
  removeTrigger(trigger: string): Promise<void>;
  fire(trigger: string): Promise<IFired>;
  setRule(rule: string, active: boolean): Promise<IRule>;
}

/** Keeps what was last said of the triggers; `changed` is called when that is something else. */
export class Triggers implements ITriggers {
  constructor(
    private readonly _api: ITriggerApi,
    private readonly _changed: () => void
  ) {}

  of(name: string): readonly IRunBy[] {
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

  /** A target without triggers, or a server half that does not know them, has none: no more. */
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

/** Marks the triggers that keep a function warm. */
const PREFIX = 'keep-warm-';

/** `keep-warm-iris`; functions of packages have no slash there. */
export function warmTrigger(name: string): string {
  return `${PREFIX}${name.replace('/', '-')}`;
}

/** What keeps this function warm; null where nothing was made for that. */
export function warmedBy(triggers: ITriggers, name: string): IRunBy | null {
  return triggers.of(name).find(one => one.trigger.startsWith(PREFIX)) ?? null;
}

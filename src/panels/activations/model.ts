import { Signal, type ISignal } from '@lumino/signaling';

import { errorWords, type IActivation, type IActivationSummary } from '../../api/types';
import { ageGroup, ageInWords, duration } from '../../format';
import { ended } from '../../runs';
import type { Condition, IFaasManager } from '../../tokens';

export type StatusFilter = 'any' | 'succeeded' | 'failed' | 'cold';

/** The whole of an activation, fetched when its row is opened. */
export type Details =
  | { state: 'loading' }
  | { state: 'known'; activation: IActivation }
  | { state: 'failed'; message: string; hint: string };

export interface IActivationGroup {
  title: string;
  rows: IActivationSummary[];
}

/** The activations on the target, filtered, and which of them are opened. */
export class ActivationsModel {
  constructor(private readonly _manager: IFaasManager) {
    _manager.changed.connect(this._onChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get condition(): Condition {
    return this._manager.condition;
  }

  /** Null until the target's list is known. */
  get all(): readonly IActivationSummary[] | null {
    return this._manager.activations;
  }

  get name(): string {
    return this._name;
  }
  set name(name: string) {
    this._name = name;
    this._onChanged();
  }

  get status(): StatusFilter {
    return this._status;
  }
  set status(status: StatusFilter) {
    this._status = status;
    this._onChanged();
  }

  /** What passes the filters, under the headings of their age. */
  groups(now: number): IActivationGroup[] {
    const wanted = this._name.trim().toLowerCase();
    const groups: IActivationGroup[] = [];
    for (const one of this.all ?? []) {
      if (!one.name.toLowerCase().includes(wanted) || !passes(one, this._status)) {
        continue;
      }
      const title = ageGroup(ended(one), now);
      const last = groups[groups.length - 1];
      if (last?.title === title) {
        last.rows.push(one);
      } else {
        groups.push({ title, rows: [one] });
      }
    }
    return groups;
  }

  details(id: string): Details | null {
    return this._opened.has(id) ? (this._details.get(id) ?? { state: 'loading' }) : null;
  }

  toggle(id: string): void {
    if (this._opened.has(id)) {
      this.close(id);
    } else {
      this.open(id);
    }
  }

  open(id: string): void {
    this._opened.add(id);
    // A record never changes; only one that could not be fetched is asked for again.
    if (this._details.get(id)?.state !== 'known') {
      this._details.set(id, { state: 'loading' });
      this._manager.api.activation(id).then(
        activation => this._settle(id, { state: 'known', activation }),
        (error: unknown) => this._settle(id, { state: 'failed', ...errorWords(error) })
      );
    }
    this._onChanged();
  }

  close(id: string): void {
    if (this._opened.delete(id)) {
      this._onChanged();
    }
  }

  activationUrl(id: string): string {
    return this._manager.api.activationUrl(id);
  }

  /** Lets go of the filters that hide an activation, and opens it. */
  reveal(id: string): void {
    const one = this.all?.find(entry => entry.id === id);
    if (!one || !one.name.includes(this._name) || !passes(one, this._status)) {
      this._name = '';
      this._status = 'any';
    }
    this.open(id);
  }

  private _settle(id: string, details: Details): void {
    this._details.set(id, details);
    this._onChanged();
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private _name = '';
  private _status: StatusFilter = 'any';
  private readonly _opened = new Set<string>();
  private readonly _details = new Map<string, Details>();
  private readonly _changed = new Signal<this, void>(this);
}

/** A row in one sentence, for those who hear it. */
export function activationLabel(one: IActivationSummary, now: number): string {
  return [
    one.name,
    one.ok ? 'succeeded' : 'failed',
    one.cold ? 'cold start' : '',
    duration(one.duration_ms),
    one.cost_text ? `${one.cost_text} per million calls` : '',
    ageInWords(ended(one), now)
  ]
    .filter(Boolean)
    .join(', ');
}

function passes(one: IActivationSummary, status: StatusFilter): boolean {
  switch (status) {
    case 'succeeded':
      return one.ok;
    case 'failed':
      return !one.ok;
    case 'cold':
      return one.cold;
    case 'any':
      return true;
  }
}

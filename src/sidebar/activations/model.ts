import { Signal, type ISignal } from '@lumino/signaling';

import { describeError } from '../../api/errors';
import { ACTIVATIONS_LISTED } from '../../api/faas';
import type { ISession } from '../../api/session';
import type { IActivation, IActivationSummary } from '../../api/types';
import { ageGroup } from '../../format/format';
import { nameOnTarget, shownName } from '../../format/names';
import { isTrigger } from '../../format/runs';
import type { Condition, IFaasManager } from '../../tokens';
import { ActivationSearch } from './search';
import { isSession, stepRows, topLevel, topRow, pathTo, type IActivationRow } from './rows';
import { SessionLoader, type SessionState } from './sessionloader';

export type StatusFilter = 'any' | 'succeeded' | 'failed' | 'cold';

/** The full record of an activation, fetched when its row is expanded. */
export type Details =
  | { state: 'loading' }
  | { state: 'known'; activation: IActivation }
  | { state: 'failed'; message: string; hint: string };

export interface IActivationGroup {
  title: string;
  rows: IActivationRow[];
}

/** The activations of the target that pass the filters, and the set of expanded rows. */
export class ActivationsModel {
  constructor(private readonly _manager: IFaasManager) {
    this._sessions = new SessionLoader(_manager.api, () => this._onChanged());
    this._search = new ActivationSearch(_manager.api, () => this._onChanged());
    _manager.changed.connect(this._onManagerChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get condition(): Condition {
    return this._manager.condition;
  }

  /** All activations in the list; null until the first response. */
  get all(): readonly IActivationSummary[] | null {
    return this._manager.activations;
  }

  get name(): string {
    return this._name;
  }
  set name(name: string) {
    this._name = name;
    this._startSearch();
    this._onChanged();
  }

  get status(): StatusFilter {
    return this._status;
  }
  set status(status: StatusFilter) {
    this._status = status;
    this._startSearch();
    this._onChanged();
  }

  /** Reset the filters. */
  showAll(): void {
    this._name = '';
    this._status = 'any';
    this._startSearch();
    this._onChanged();
  }

  get filtered(): boolean {
    return this._name.trim() !== '' || this._status !== 'any';
  }

  /** The number of activations that pass the filters, without the steps of sessions. */
  get found(): number {
    return this._listed().length;
  }

  get searching(): boolean {
    return this._search.searching;
  }

  /** Why the search failed, or empty. */
  get problem(): string {
    return this._search.problem;
  }

  /**
   * The start of the earliest record that the list takes into account, in ms since 1970. Null if
   * there are no earlier records.
   */
  get listedTo(): number | null {
    const { searchedTo } = this._search;
    const all = this.all ?? [];
    if (searchedTo !== undefined) {
      return searchedTo;
    }
    return this.filtered || all.length >= ACTIVATIONS_LISTED
      ? Math.min(...all.map(one => one.start))
      : null;
  }

  /** Search earlier records. */
  loadMore(): void {
    this._search.more(this.listedTo ?? undefined);
    this._onChanged();
  }

  /** Whether to show runs of feeds, which create and remove schedules. */
  get feeds(): boolean {
    return this._feeds;
  }
  set feeds(shown: boolean) {
    this._feeds = shown;
    this._onChanged();
  }

  /**
   * The number of hidden feed runs. These runs are hidden because feeds are not functions that the
   * user deployed.
   */
  get hidden(): number {
    return (this.all ?? []).filter(one => this._isHidden(one)).length;
  }

  /**
   * Return the rows that pass the filters, grouped by age. Expanded sessions include their steps.
   */
  groups(now: number): IActivationGroup[] {
    const groups: IActivationGroup[] = [];
    for (const one of this._listed()) {
      const session = this._sessions.loaded(one.id);
      const rows = [topRow(one, session)];
      if (session !== null && isSession(one) && this.isOpen(one.id)) {
        rows.push(...stepRows(session, one.id, 2, id => this.isOpen(id)));
      }
      const title = ageGroup(Math.min(lastTime(one), now), now);
      const last = groups[groups.length - 1];
      if (last?.title === title) {
        last.rows.push(...rows);
      } else {
        groups.push({ title, rows });
      }
    }
    return groups;
  }

  isOpen(id: string): boolean {
    return this._opened.has(id);
  }

  /**
   * Return the details of an expanded row, or null for a collapsed row. A session whose steps are
   * shown also has no details.
   */
  details(row: IActivationRow): Details | null {
    if (!this.isOpen(row.id) || row.kind === 'conductors') {
      return null;
    }
    if (row.kind === 'session') {
      const held = this.session(row.id);
      return row.level > 1 || held?.state === 'known' ? null : (held ?? { state: 'loading' });
    }
    return this._details.get(row.id) ?? { state: 'loading' };
  }

  /** Return the loading state of a top-level session, or null if it was not requested. */
  session(id: string): Exclude<SessionState, { state: 'known' }> | { state: 'known' } | null {
    return this._sessions.get(id);
  }

  /**
   * Load a session when its row becomes visible, unless the list has its number of calls and its
   * price.
   */
  onRowVisible({ id, kind, level, calls }: IActivationRow): void {
    if (kind === 'session' && level === 1 && calls === null) {
      this._sessions.request(id);
    }
  }

  toggle(row: IActivationRow): void {
    if (this.isOpen(row.id)) {
      this.close(row.id);
    } else {
      this.open(row);
    }
  }

  open(row: Pick<IActivationRow, 'id' | 'kind' | 'level'>): void {
    const { id, kind, level } = row;
    this._opened.add(id);
    if (kind === 'session' && level === 1) {
      this._sessions.request(id, true);
    } else if (kind === 'run') {
      this._fetch(id);
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

  /** Return whether an action is deployed as a composition. */
  isComposition(name: string): boolean {
    return this._manager.functionNamed(name)?.composition === true;
  }

  /** Reset the filters that hide an activation, and expand the activation and its ancestors. */
  reveal(id: string): void {
    const one = this._top().find(entry => entry.id === id);
    if (one === undefined ? this.all !== null : !this._passes(one)) {
      this.showAll();
    }
    if (one !== undefined && this._isHidden(one)) {
      this._feeds = true;
    }
    if (one !== undefined) {
      this.open(topRow(one, null));
      return;
    }
    for (const session of this._sessions.all()) {
      const way = pathTo(session, id);
      if (way !== null) {
        way.forEach(above => this._opened.add(above));
        break;
      }
    }
    this.open({ id, kind: 'run', level: 2 });
  }

  private _fetch(id: string): void {
    // Records do not change, so repeat only failed requests.
    if (this._details.get(id)?.state !== 'known') {
      this._details.set(id, { state: 'loading' });
      this._manager.api.activation(id).then(
        activation => this._settle(id, { state: 'known', activation }),
        (error: unknown) => this._settle(id, { state: 'failed', ...describeError(error) })
      );
    }
  }

  private _top(): IActivationSummary[] {
    const { entries, wanted } = topLevel(
      this.all ?? [],
      id => this._sessions.loaded(id),
      id => this._sessions.get(id)?.state === 'failed'
    );
    wanted.forEach(id => this._sessions.request(id));
    return entries;
  }

  /** Return the activations that pass the filters, both at hand and found, the newest first. */
  private _listed(): IActivationSummary[] {
    const top = this._top();
    const ids = new Set(top.map(one => one.id));
    const found = this._search.entries.filter(one => !ids.has(one.id));
    // By end, as the ages are: a list by start would repeat the headings of its groups, which a
    // long run that started early and ended late separates.
    return [...top, ...found]
      .filter(one => this._passes(one) && !this._isHidden(one))
      .sort((one, other) => lastTime(other) - lastTime(one) || other.start - one.start);
  }

  private _startSearch(): void {
    if (!this.filtered) {
      this._search.restart(null);
      return;
    }
    const status = this._status;
    const contains = nameOnTarget(this._name.trim());
    const near = this._manager.functions.filter(one => one.name.includes(contains));
    // The target itself can select the activations of one function, but only by its whole name.
    const exact = near.length === 1 && near[0]?.name === contains;
    this._search.restart({ status, ...(exact ? { name: contains } : contains && { contains }) });
  }

  private _passes(one: IActivationSummary): boolean {
    const session = isSession(one) ? this._sessions.loaded(one.id) : null;
    return (
      isNamed(one, session, this._name.trim().normalize('NFKC').toLowerCase()) &&
      this._isStatus(one, session)
    );
  }

  /**
   * Return whether an activation is a hidden feed run. Feed runs are hidden only while no filter is
   * set.
   */
  private _isHidden({ feed }: IActivationSummary): boolean {
    return !!feed && !this._feeds && this._name.trim() === '' && this._status === 'any';
  }

  private _isStatus(one: IActivationSummary, session: ISession | null): boolean {
    const running = session?.running === true;
    switch (this._status) {
      case 'succeeded':
        return one.ok && !running;
      case 'failed':
        return !one.ok && !running;
      case 'cold':
        return one.cold || session?.cold === true;
      case 'any':
        return true;
    }
  }

  private _settle(id: string, details: Details): void {
    this._details.set(id, details);
    this._onChanged();
  }

  private _onManagerChanged(): void {
    const target = this._manager.target?.name ?? null;
    if (target !== this._target) {
      this._target = target;
      this._sessions.clear();
      this._startSearch();
    }
    this._sessions.refreshRunning();
    this._onChanged();
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private _name = '';
  private _status: StatusFilter = 'any';
  private _feeds = false;
  private _target: string | null = null;
  private readonly _sessions: SessionLoader;
  private readonly _search: ActivationSearch;
  private readonly _opened = new Set<string>();
  private readonly _details = new Map<string, Details>();
  private readonly _changed = new Signal<this, void>(this);
}

/** Return when an activation ended or was fired, in ms since 1970; a running one ends last. */
function lastTime(one: IActivationSummary): number {
  return one.end ?? (isTrigger(one) ? one.start : Infinity);
}

/** Return whether an activation matches a name. A session also matches the names of its steps. */
function isNamed(one: IActivationSummary, session: ISession | null, wanted: string): boolean {
  const names = [one.name, ...(session?.steps.map(step => step.name) ?? [])];
  return names.some(name =>
    [name, shownName(name)].some(text => text.toLowerCase().includes(wanted))
  );
}

import { describeError } from '../../api/errors';
import type { IActivationFilter, IActivationSummary } from '../../api/types';
import type { IFaasRequests } from '../../tokens';

/** The time after the last keystroke in the filter, before the target is asked. */
const TYPING_MS = 300;

/**
 * A search of the target's records, because the list at hand has only the latest runs. One request
 * finds a page of runs; {@link more} continues with earlier records.
 */
export class ActivationSearch {
  constructor(
    private readonly _api: IFaasRequests,
    private readonly _onChanged: () => void
  ) {}

  get entries(): readonly IActivationSummary[] {
    return this._entries;
  }

  get searching(): boolean {
    return this._searching;
  }

  /** Why the last request failed, or empty. */
  get problem(): string {
    return this._problem;
  }

  /**
   * The start of the earliest record that was compared, in ms since 1970. Null if all records were
   * compared, and undefined before the first response.
   */
  get searchedTo(): number | null | undefined {
    return this._searchedTo;
  }

  /** Start a search for another filter, or clear the search if `filter` is null. */
  restart(filter: IActivationFilter | null): void {
    clearTimeout(this._timer);
    this._number += 1;
    this._filter = filter;
    this._entries = [];
    this._searchedTo = undefined;
    this._problem = '';
    this._searching = filter !== null;
    if (filter !== null) {
      this._timer = setTimeout(() => void this._ask(filter), TYPING_MS);
    }
  }

  /** Search earlier records: those of the current search, or those before `upto`. */
  more(upto: number | undefined): void {
    const before = this._searchedTo ?? upto;
    this._searching = true;
    void this._ask({ ...this._filter, ...(before !== undefined && { upto: before }) });
  }

  dispose(): void {
    this.restart(null);
  }

  private async _ask(filter: IActivationFilter): Promise<void> {
    const number = this._number;
    try {
      const { activations, searched_to } = await this._api.searchActivations(filter);
      if (number === this._number) {
        // The page may begin with runs that started in the same millisecond as the last one.
        const known = new Set(this._entries.map(one => one.id));
        this._entries = [...this._entries, ...activations.filter(one => !known.has(one.id))];
        this._searchedTo = searched_to;
        this._problem = '';
      }
    } catch (error) {
      if (number === this._number) {
        this._problem = describeError(error).message;
      }
    }
    if (number === this._number) {
      this._searching = false;
      this._onChanged();
    }
  }

  private _filter: IActivationFilter | null = null;
  private _entries: IActivationSummary[] = [];
  private _searchedTo: number | null | undefined = undefined;
  private _searching = false;
  private _problem = '';
  private _number = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined = undefined;
}

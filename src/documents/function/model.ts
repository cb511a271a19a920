import type { IAstNode } from '../../api/composition';
import type { IOpenApi } from '../../api/openapi';
import type { IFunctionPage, IUsage } from '../../api/page';
import { FormStore } from '../../components/run/formstore';
import { EMPTY_FORM, type IFormState } from '../../components/run/invokeform';
import { settle, toLoading, NOT_LOADED, type IAsyncValue } from '../../state/asyncvalue';
import type { IFunctionNotebooks, INotebookFunctions } from '../../tokens';
import { FunctionModel } from '../functionmodel';
import { HistoryModel } from './history/model';
import { openApiPackage } from './openapi';
import { RolloutModel } from './rollout/model';

/**
 * The web actions in the OpenAPI document: those of the function's package, or those of the whole
 * namespace.
 */
export type ApiScope = 'package' | 'namespace';

export type PageTab = 'overview' | 'history';

interface IOptions extends FunctionModel.IOptions {
  notebooks: IFunctionNotebooks;
  tab?: PageTab;
}

/** The data for the page of one deployed function. Refreshes when the target changes. */
export class FunctionPageModel extends FunctionModel<IOptions> {
  constructor(options: IOptions) {
    super(options);
    this._tab = options.tab ?? 'overview';
    this.rollout = new RolloutModel({ name: options.name, manager: options.manager });
    this.rollout.changed.connect(() => {
      this.emitChanged();
    });
    this.refreshIfChanged();
  }

  get tab(): PageTab {
    return this._tab;
  }

  set tab(tab: PageTab) {
    this._tab = tab;
    this.emitChanged();
  }

  /** The current notebook if it contains the function's cell; otherwise null. */
  get notebook(): INotebookFunctions | null {
    const { current } = this.options.notebooks;
    return current?.cellNamed(this.name) ? current : null;
  }

  /** The deploys, which are fetched when they are shown for the first time. */
  get history(): HistoryModel {
    if (this._history === null) {
      const { name, manager, notebooks } = this.options;
      this._history = new HistoryModel({ name, manager, notebooks });
      this._history.changed.connect(() => {
        this.emitChanged();
      });
    }
    return this._history;
  }

  /** The new versions beside the function. */
  readonly rollout: RolloutModel;

  /** Refresh what the page shows, including the deploys. */
  async refreshAll(): Promise<void> {
    await Promise.all([this.refresh(), this.rollout.refresh(), this._history?.refresh()]);
  }

  override dispose(): void {
    this._history?.dispose();
    this.rollout.dispose();
    super.dispose();
  }

  /** The content of the form, which is kept across redraws and reloads. */
  get form(): IFormState | undefined {
    return this._forms.get(this.name);
  }
  set form(form: IFormState | undefined) {
    this._forms.set(this.name, form ?? EMPTY_FORM);
  }

  get page(): IAsyncValue<IFunctionPage> {
    return this._page;
  }

  get usage(): IAsyncValue<IUsage> {
    return this._usage;
  }

  /** The OpenAPI document of a web action. */
  get openapi(): IAsyncValue<IOpenApi> {
    return this._openapi;
  }

  /** The scope of the OpenAPI document. */
  get scope(): ApiScope {
    return this._scope;
  }

  set scope(scope: ApiScope) {
    this._scope = scope;
    void this._fetchOpenApi(() => scope === this._scope && !this.isDisposed);
  }

  /** The graph of a composition; null if there is none. */
  get graph(): IAstNode | null {
    return this._graph;
  }

  /** The id of the displayed snippet. */
  get snippet(): string {
    return this._snippet;
  }

  set snippet(id: string) {
    this._snippet = id;
    this.emitChanged();
  }

  async refresh(): Promise<void> {
    const { api } = this.options.manager;
    const asked = ++this._requestCount;
    const current = () => asked === this._requestCount && !this.isDisposed;
    this._page = toLoading(this._page);
    this._usage = toLoading(this._usage);
    this.emitChanged();
    const page = await settle(this._page, api.page(this.name));
    if (!current()) {
      return;
    }
    this._page = page;
    if (page.state === 'failed') {
      this._usage = { ...page, value: this._usage.value };
      this.emitChanged();
      return;
    }
    this.emitChanged();
    await Promise.all([
      settle(this._usage, api.usage(this.name)).then(usage => {
        if (current()) {
          this._usage = usage;
          this.emitChanged();
        }
      }),
      this._fetchOpenApi(current),
      this._fetchGraph(current)
    ]);
  }

  private async _fetchOpenApi(current: () => boolean): Promise<void> {
    const { manager } = this.options;
    const web = (manager.functionNamed(this.name)?.web_url ?? null) !== null;
    if (!web) {
      this._openapi = NOT_LOADED;
      return;
    }
    this._openapi = toLoading(this._openapi);
    this.emitChanged();
    const asked = manager.api.openapi(this._scope === 'package' ? openApiPackage(this.name) : null);
    const found = await settle(this._openapi, asked);
    if (current()) {
      this._openapi = found;
      this.emitChanged();
    }
  }

  private async _fetchGraph(current: () => boolean): Promise<void> {
    const { manager } = this.options;
    const composition = manager.functionNamed(this.name)?.composition ?? false;
    const found = composition
      ? // The page works without the graph; the document of the graph shows the error.
        await manager.api.graph(this.name).catch(() => ({ graph: this._graph }))
      : { graph: null };
    // Keep the same object if the graph is unchanged, so that it is not laid out again.
    if (current() && JSON.stringify(found.graph) !== JSON.stringify(this._graph)) {
      this._graph = found.graph;
      this.emitChanged();
    }
  }

  private readonly _forms = new FormStore();
  private _page: IAsyncValue<IFunctionPage> = NOT_LOADED;
  private _usage: IAsyncValue<IUsage> = NOT_LOADED;
  private _openapi: IAsyncValue<IOpenApi> = NOT_LOADED;
  private _scope: ApiScope = 'package';
  private _graph: IAstNode | null = null;
  private _snippet = 'curl';
  private _tab: PageTab;
  private _history: HistoryModel | null = null;
  private _requestCount = 0;
}

import type { IAstNode } from '../../api/composition';
import type { IOpenApi } from '../../api/openapi';
import type { IFunctionPage, IUsage } from '../../api/page';
import { FormStore } from '../../components/run/formstore';
import { EMPTY_FORM, type IFormState } from '../../components/run/invokeform';
import { settle, toLoading, NOT_LOADED, type IAsyncValue } from '../../state/asyncvalue';
import { FunctionModel } from '../functionmodel';
import { openApiPackage } from './openapi';

/**
 * The web actions in the OpenAPI document: those of the function's package, or those of the whole
 * namespace.
 */
export type ApiScope = 'package' | 'namespace';

/** The data for the page of one deployed function. Refreshes when the target changes. */
export class FunctionPageModel extends FunctionModel<FunctionModel.IOptions> {
  constructor(options: FunctionModel.IOptions) {
    super(options);
    this.refreshIfChanged();
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
  private _requestCount = 0;
}

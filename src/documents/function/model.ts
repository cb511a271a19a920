import type { IAstNode } from '../../api/composition';
import type { IOpenApi } from '../../api/openapi';
import type { IFunctionPage, IUsage } from '../../api/page';
import type { IFormState } from '../../components/run/invokeform';
import { loaded, loading, NOTHING, type ILoaded } from '../../state/asyncvalue';
import { FunctionModel } from '../functionmodel';
import { packageOf } from './openapi';

/** The web actions of the function's package, or all of the namespace. */
export type ApiScope = 'package' | 'namespace';

/** What is known of one deployed function. Follows the target. */
export class FunctionPageModel extends FunctionModel<FunctionModel.IOptions> {
  constructor(options: FunctionModel.IOptions) {
    super(options);
    this.look();
  }

  /** What stands in the form, kept while the page is drawn anew. */
  form: IFormState | undefined;

  get page(): ILoaded<IFunctionPage> {
    return this._page;
  }

  get usage(): ILoaded<IUsage> {
    return this._usage;
  }

  /** Of a web action: the document that tells of it. */
  get openapi(): ILoaded<IOpenApi> {
    return this._openapi;
  }

  /** What that document tells of besides. */
  get scope(): ApiScope {
    return this._scope;
  }

  set scope(scope: ApiScope) {
    this._scope = scope;
    void this._askForOpenApi(() => scope === this._scope && !this.isDisposed);
  }

  /** Of a composition that keeps one. */
  get graph(): IAstNode | null {
    return this._graph;
  }

  /** Id of the snippet that is shown. */
  get snippet(): string {
    return this._snippet;
  }

  set snippet(id: string) {
    this._snippet = id;
    this.emitChanged();
  }

  async refresh(): Promise<void> {
    const { api } = this.options.manager;
    const asked = ++this._asked;
    const current = () => asked === this._asked && !this.isDisposed;
    this._page = loading(this._page);
    this._usage = loading(this._usage);
    this.emitChanged();
    const page = await loaded(this._page, api.page(this.name));
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
      loaded(this._usage, api.usage(this.name)).then(usage => {
        if (current()) {
          this._usage = usage;
          this.emitChanged();
        }
      }),
      this._askForOpenApi(current),
      this._askForGraph(current)
    ]);
  }

  private async _askForOpenApi(current: () => boolean): Promise<void> {
    const { manager } = this.options;
    const web = (manager.functionNamed(this.name)?.web_url ?? null) !== null;
    if (!web) {
      this._openapi = NOTHING;
      return;
    }
    this._openapi = loading(this._openapi);
    this.emitChanged();
    const asked = manager.api.openapi(this._scope === 'package' ? packageOf(this.name) : null);
    const found = await loaded(this._openapi, asked);
    if (current()) {
      this._openapi = found;
      this.emitChanged();
    }
  }

  private async _askForGraph(current: () => boolean): Promise<void> {
    const { manager } = this.options;
    const composition = manager.functionNamed(this.name)?.composition ?? false;
    const found = composition
      ? // Where it is drawn, its document tells what went wrong.
        await manager.api.graph(this.name).catch(() => ({ graph: this._graph }))
      : { graph: null };
    // The same drawing is not laid out again.
    if (current() && JSON.stringify(found.graph) !== JSON.stringify(this._graph)) {
      this._graph = found.graph;
      this.emitChanged();
    }
  }

  private _page: ILoaded<IFunctionPage> = NOTHING;
  private _usage: ILoaded<IUsage> = NOTHING;
  private _openapi: ILoaded<IOpenApi> = NOTHING;
  private _scope: ApiScope = 'package';
  private _graph: IAstNode | null = null;
  private _snippet = 'curl';
  private _asked = 0;
}

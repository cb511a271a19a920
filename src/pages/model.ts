import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IOpenApi } from '../api/openapi';
import type { IFunctionPage, IUsage } from '../api/page';
import type { IAstNode } from '../api/session';
import { errorWords } from '../api/types';
import type { IFormState } from '../components/form';
import type { IFaasManager } from '../tokens';
import { packageOf } from './operations';

/** What was asked for; `value` is the last that came. */
export interface ILoaded<T> {
  state: 'loading' | 'ready' | 'failed';
  value: T | null;
  message: string;
  hint: string;
}

/** The web actions of the function's package, or all of the namespace. */
export type ApiScope = 'package' | 'namespace';

/** What is known of one deployed function. Follows the target. */
export class FunctionPageModel implements IDisposable {
  constructor(private readonly _options: FunctionPageModel.IOptions) {
    _options.manager.changed.connect(this._onChanged, this);
    this._seen = this._state();
    void this.refresh();
  }

  /** What stands in the form, kept while the page is drawn anew. */
  form: IFormState | undefined;

  get name(): string {
    return this._options.name;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

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
    void this._askForOpenApi(() => scope === this._scope && !this._isDisposed);
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
    this._changed.emit();
  }

  async refresh(): Promise<void> {
    const { api } = this._options.manager;
    const asked = ++this._asked;
    const current = () => asked === this._asked && !this._isDisposed;
    this._page = loading(this._page);
    this._usage = loading(this._usage);
    this._changed.emit();
    const page = await loaded(this._page, api.page(this.name));
    if (!current()) {
      return;
    }
    this._page = page;
    if (page.state === 'failed') {
      this._usage = { ...page, value: this._usage.value };
      this._changed.emit();
      return;
    }
    this._changed.emit();
    await Promise.all([
      loaded(this._usage, api.usage(this.name)).then(usage => {
        if (current()) {
          this._usage = usage;
          this._changed.emit();
        }
      }),
      this._askForOpenApi(current),
      this._askForGraph(current)
    ]);
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._options.manager.changed.disconnect(this._onChanged, this);
      Signal.clearData(this);
    }
  }

  private async _askForOpenApi(current: () => boolean): Promise<void> {
    const { manager } = this._options;
    const web = (manager.functionNamed(this.name)?.web_url ?? null) !== null;
    if (!web) {
      this._openapi = NOTHING;
      return;
    }
    this._openapi = loading(this._openapi);
    this._changed.emit();
    const asked = manager.api.openapi(this._scope === 'package' ? packageOf(this.name) : null);
    const found = await loaded(this._openapi, asked);
    if (current()) {
      this._openapi = found;
      this._changed.emit();
    }
  }

  private async _askForGraph(current: () => boolean): Promise<void> {
    const { manager } = this._options;
    const composition = manager.functionNamed(this.name)?.composition ?? false;
    const found = composition
      ? // Where it is drawn, its document tells what went wrong.
        await manager.api.graph(this.name).catch(() => ({ graph: this._graph }))
      : { graph: null };
    // The same drawing is not laid out again.
    if (current() && JSON.stringify(found.graph) !== JSON.stringify(this._graph)) {
      this._graph = found.graph;
      this._changed.emit();
    }
  }

  private _onChanged(): void {
    const state = this._state();
    if (state !== this._seen) {
      this._seen = state;
      void this.refresh();
    }
    // Ages grow.
    this._changed.emit();
  }

  /** What a look at the page would give anew. */
  private _state(): string {
    const { manager } = this._options;
    const held = manager.functionNamed(this.name);
    return JSON.stringify([
      manager.target?.name,
      manager.known,
      held?.version,
      held?.updated,
      held?.web_url
    ]);
  }

  private _page: ILoaded<IFunctionPage> = NOTHING;
  private _usage: ILoaded<IUsage> = NOTHING;
  private _openapi: ILoaded<IOpenApi> = NOTHING;
  private _scope: ApiScope = 'package';
  private _graph: IAstNode | null = null;
  private _snippet = 'curl';
  private _asked = 0;
  private _seen: string;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace FunctionPageModel {
  export interface IOptions {
    name: string;
    manager: IFaasManager;
  }
}

const NOTHING = { state: 'loading', value: null, message: '', hint: '' } as const;

function loading<T>({ value }: ILoaded<T>): ILoaded<T> {
  return { ...NOTHING, value };
}

async function loaded<T>(before: ILoaded<T>, asked: Promise<T>): Promise<ILoaded<T>> {
  try {
    return { ...NOTHING, state: 'ready', value: await asked };
  } catch (error) {
    return { state: 'failed', value: before.value, ...errorWords(error) };
  }
}

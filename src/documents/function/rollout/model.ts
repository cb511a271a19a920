import type { IRollout } from '../../../api/rollouts';
import { NOT_LOADED, settle, toLoading, type IAsyncValue } from '../../../state/asyncvalue';
import { FunctionModel } from '../../functionmodel';

/** The roles of versions that are compared with a function. */
const COMPARED = ['shadow', 'canary'];

/**
 * The new versions beside one function. They are only fetched if the list of functions has one, and
 * again when one of them has run.
 */
export class RolloutModel extends FunctionModel<FunctionModel.IOptions> {
  constructor(options: FunctionModel.IOptions) {
    super(options);
    this.refreshIfChanged();
  }

  get rollouts(): IAsyncValue<IRollout[]> {
    return this._rollouts;
  }

  async refresh(): Promise<void> {
    if (this._variants.length === 0) {
      this._rollouts = NOT_LOADED;
      this.emitChanged();
      return;
    }
    const asked = ++this._requestCount;
    this._rollouts = toLoading(this._rollouts);
    this.emitChanged();
    const found = await settle(this._rollouts, this.options.manager.api.rollouts(this.name));
    if (asked === this._requestCount && !this.isDisposed) {
      this._rollouts = found;
      this.emitChanged();
    }
  }

  private get _variants(): string[] {
    return this.options.manager.functions
      .filter(({ variant }) => variant?.of === this.name && COMPARED.includes(variant.role))
      .map(one => one.name);
  }

  protected override get extraState(): string | null {
    const { manager } = this.options;
    const names = this._variants;
    if (names.length === 0) {
      return null;
    }
    const beside = names.map(name => manager.functionNamed(name)?.version);
    const mine = new Set([this.name, ...names]);
    const ran = manager.activations?.find(one => mine.has(one.name))?.id;
    return JSON.stringify([names, beside, ran]);
  }

  private _rollouts: IAsyncValue<IRollout[]> = NOT_LOADED;
  private _requestCount = 0;
}

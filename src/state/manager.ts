import { Poll } from '@lumino/polling';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { FaasApi } from '../api/faas';
import type {
  IActivation,
  IActivationSummary,
  IDeployedFunction,
  IEndedRun,
  IDeployment,
  IRemoval,
  IStatus,
  ITarget
} from '../api/types';
import type { JsonObject } from '../api/values';
import { mergeActivations } from '../format/runs';
import type { Condition, IFaasManager } from '../tokens';
import { Budget } from './budget';
import { errorCondition, targetCondition } from './conditions';
import { PendingCalls } from './pendingcalls';
import { Triggers } from './triggers';

/**
 * The number of polls per full refresh. Status and functions rarely change outside JupyterLab, so
 * that not every poll refreshes them.
 */
const POLLS_PER_STATUS = 5;

/** The upper limit of the backoff, in ms. */
const MAX_POLL_INTERVAL = 60_000;

/**
 * Holds the state of the target: its status, functions, activations and triggers.
 *
 * A Poll fetches the activations at the interval in the settings while something holds a watch,
 * such as the visible sidebar or the document of costs. Every fifth poll is a full refresh, and so
 * is every poll while the target is not ready. A failed request does not reject. It sets {@link
 * condition}, from which all views derive the same message. While the server or the target is
 * unreachable, the poll backs off.
 *
 * The target is that of the current notebook, which {@link follow} sets. The last lists of functions
 * on other targets are kept, for notebooks that are visible beside the current one.
 *
 * After an action of the user, the lists that the action may have changed are fetched again. In
 * most cases this is also done after a failure, because the failed request may still have changed
 * the target.
 */
export class FaasManager implements IFaasManager, IDisposable {
  constructor(options: FaasManager.IOptions) {
    this.api = options.api;
    this.triggers = new Triggers(options.api, () => this._changed.emit());
    this.budget = new Budget(options.api);
    this._calls = new PendingCalls(options.api);
    this._poll = new Poll({
      auto: false,
      name: 'jupyter_faas:activations',
      factory: () => this._pollOnce(),
      frequency: { interval: options.pollInterval, backoff: true, max: MAX_POLL_INTERVAL },
      standby: () => (this._watchCount === 0 ? true : 'when-hidden')
    });
  }

  readonly api: FaasApi;
  readonly triggers: Triggers;
  readonly budget: Budget;

  get condition(): Condition {
    return this._condition;
  }

  get status(): IStatus | null {
    return this._status;
  }

  get target(): ITarget | null {
    return this._status?.target ?? null;
  }

  get functions(): readonly IDeployedFunction[] {
    return this._functions;
  }

  get functionsAsOf(): number | null {
    return this._functionsAsOf;
  }

  get activations(): readonly IActivationSummary[] | null {
    return this._activations;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get activationsAdded(): ISignal<this, readonly IActivationSummary[]> {
    return this._activationsAdded;
  }

  get isUpToDate(): boolean {
    return this._condition.kind === 'ready' && this._functionsAsOf !== null;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** The interval between polls of the activations, in ms. */
  set pollInterval(interval: number) {
    this._poll.frequency = { interval, backoff: true, max: Math.max(MAX_POLL_INTERVAL, interval) };
  }

  functionNamed(name: string): IDeployedFunction | null {
    return this._functions.find(one => one.name === name) ?? null;
  }

  watch(): IDisposable {
    this._watchCount += 1;
    if (this._watchCount === 1) {
      this._pollCount = 0;
      void this._poll.start();
      void this._poll.refresh();
    }
    return new DisposableDelegate(() => {
      this._watchCount -= 1;
      if (this._watchCount === 0) {
        void this._poll.stop();
      }
    });
  }

  follow(choice: string | null): void {
    if (choice === this.api.target) {
      return;
    }
    this.api.target = choice;
    this._generation += 1;
    const status = this._status;
    if (status === null) {
      return;
    }
    // Show the name at once. The state of the target is known after the refresh.
    const target = this.targetOf(choice);
    this._clear();
    this._status = target && { ...status, target, limits: null };
    this._condition = { kind: 'loading' };
    this._changed.emit();
    void this.refresh();
  }

  targetOf(choice: string | null): ITarget | null {
    const name = this._nameOf(choice);
    const { target, targets } = this._status ?? { target: null, targets: [] };
    return target?.name === name ? target : (targets.find(one => one.name === name) ?? null);
  }

  functionsOn(choice: string | null): readonly IDeployedFunction[] | null {
    const name = this._nameOf(choice);
    if (name === undefined || name === this.target?.name) {
      return this.isUpToDate ? this._functions : null;
    }
    return this._lists.get(name) ?? null;
  }

  async listFunctions(choice: string | null): Promise<readonly IDeployedFunction[] | null> {
    const name = this._nameOf(choice);
    if (name !== undefined && name !== this.target?.name) {
      const { functions } = await this.api.at(choice).functions();
      this._lists.set(name, functions);
      this._changed.emit();
    }
    return this.functionsOn(choice);
  }

  refreshOnce(): void {
    this._firstRefresh ??= this.refresh();
  }

  async refresh(): Promise<void> {
    const generation = this._generation;
    try {
      const status = await this._applyPreferredTarget(await this.api.status());
      if (generation !== this._generation) {
        return;
      }
      this._setStatus(status);
    } catch (error) {
      if (generation === this._generation) {
        this._setCondition(errorCondition(error));
      }
      return;
    }
    if (this._condition.kind === 'ready') {
      await Promise.all([
        this.refreshFunctions(),
        this.refreshActivations(),
        this.triggers.refresh()
      ]);
    }
  }

  async refreshFunctions(): Promise<void> {
    await this._updateOrFail(async isCurrent => {
      const { functions, as_of } = await this.api.functions();
      if (!isCurrent()) {
        return;
      }
      this._functions = functions;
      this._functionsAsOf = as_of;
      this._changed.emit();
    });
  }

  async refreshActivations(): Promise<void> {
    await this._updateOrFail(async isCurrent => {
      const [latest, tops] = await Promise.all([this.api.activations(), this.api.topActivations()]);
      if (!isCurrent()) {
        return;
      }
      const activations = mergeActivations(latest.activations, tops.activations);
      const before = this._activations;
      this._activations = activations;
      if (before === null || !sameIds(before, activations)) {
        this._changed.emit();
      }
      if (before !== null) {
        const seen = new Set(before.map(one => one.id));
        const added = activations.filter(one => !seen.has(one.id));
        if (added.length > 0) {
          this._activationsAdded.emit(added);
        }
      }
    });
  }

  /**
   * Set the default target with the next refresh. Changing the setting alone must not cause requests
   * before any view is shown.
   */
  preferTarget(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this._preference = { name, resolve, reject };
      if (this._status !== null) {
        void this.refresh();
      }
    });
  }

  async setDefaultTarget(name: string): Promise<void> {
    const status = await this.api.setDefaultTarget(name);
    if (this.api.target === null) {
      this._clear();
      this._setStatus(status);
    }
    await this.refresh();
  }

  async startPlayground(): Promise<void> {
    this._starting = true;
    this._setCondition({ kind: 'starting' });
    try {
      const { target } = this.api;
      const status = await this.api.startPlayground();
      // Another notebook may have become current meanwhile.
      if (target === this.api.target) {
        this._setStatus(status);
      }
    } finally {
      this._starting = false;
      await this.refresh();
    }
  }

  async stopPlayground(): Promise<readonly IEndedRun[]> {
    const ended = await this.api.stopPlayground();
    await this.refresh();
    return ended;
  }

  async invoke(name: string, params: JsonObject): Promise<IActivation> {
    try {
      const target = this.target?.name ?? '';
      return await this._calls.track(name, target, () => this.api.invoke(name, params));
    } finally {
      void this.refreshActivations();
    }
  }

  /**
   * Return the run of a call that has no reply yet, for example because the page was reloaded, or
   * null if there is none.
   */
  resume(name: string): Promise<IActivation> | null {
    const limit = this.functionNamed(name)?.timeout_ms ?? 0;
    return this._calls.resume(name, this.target?.name ?? '', limit);
  }

  async remove(name: string): Promise<IRemoval | undefined> {
    try {
      return await this.api.remove(name);
    } finally {
      void this.refreshFunctions();
    }
  }

  async rollback(name: string, to: string, force: boolean): Promise<IDeployment> {
    try {
      return await this.api.rollback(name, to, force);
    } finally {
      await (this.isUpToDate ? this.refreshFunctions() : this.refresh());
    }
  }

  async deploy(
    packageId: string,
    target: string | null,
    force: boolean,
    signal: AbortSignal
  ): Promise<IDeployment> {
    const deployment = await this.api.at(target).deploy(packageId, force, signal);
    if (target !== this.api.target) {
      // Another notebook has become current during the deploy.
      await this.listFunctions(target).catch(() => undefined);
    }
    // A deploy starts a stopped playground, so the status may have changed as well.
    await (this.isUpToDate ? this.refreshFunctions() : this.refresh());
    return deployment;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._poll.dispose();
      Signal.clearData(this);
    }
  }

  private async _pollOnce(): Promise<void> {
    const whole = this._pollCount % POLLS_PER_STATUS === 0 || this._condition.kind !== 'ready';
    this._pollCount += 1;
    await (whole ? this.refresh() : this.refreshActivations());
    const { kind } = this._condition;
    if (kind === 'server-down' || kind === 'unreachable' || kind === 'no-server-half') {
      // A Poll backs off only if its factory rejects.
      throw new Error(`jupyter_faas: ${kind}`);
    }
  }

  private async _applyPreferredTarget(status: IStatus): Promise<IStatus> {
    const preference = this._preference;
    this._preference = null;
    if (preference === null) {
      return status;
    }
    try {
      const { name, resolve } = preference;
      let next = status;
      if (status.default !== name) {
        const ofDefault = await this.api.setDefaultTarget(name);
        next = this.api.target === null ? ofDefault : await this.api.status();
      }
      resolve();
      return next;
    } catch (error) {
      preference.reject(error);
      return status;
    }
  }

  /** Do some work, unless another target has become current before its response arrives. */
  private async _updateOrFail(work: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const generation = this._generation;
    const isCurrent = () => generation === this._generation;
    try {
      await work(isCurrent);
    } catch (error) {
      if (isCurrent()) {
        this._setCondition(errorCondition(error));
      }
    }
  }

  /** Return the name of the target of a notebook; undefined if the default is not known yet. */
  private _nameOf(choice: string | null): string | undefined {
    return choice ?? this._status?.default;
  }

  private _setStatus(status: IStatus): void {
    const before = this._status?.target;
    if (before && before.name !== status.target.name) {
      this._clear();
    }
    this._status = status;
    const condition = targetCondition(status.target);
    // A poll during the start still finds the playground stopped.
    this._condition =
      this._starting && condition.kind === 'stopped' ? { kind: 'starting' } : condition;
    this._changed.emit();
  }

  private _setCondition(condition: Condition): void {
    this._condition = condition;
    this._changed.emit();
  }

  /** Clear the functions, activations and triggers of the old target. */
  private _clear(): void {
    if (this._status !== null && this._functionsAsOf !== null) {
      this._lists.set(this._status.target.name, this._functions);
    }
    this._functions = [];
    this._functionsAsOf = null;
    this._activations = null;
    this.triggers.forget();
  }

  private readonly _poll: Poll;
  private readonly _calls: PendingCalls;
  private _firstRefresh: Promise<void> | null = null;
  private _preference: {
    name: string;
    resolve: () => void;
    reject: (error: unknown) => void;
  } | null = null;
  private _starting = false;
  /** The number of changes of the target. Responses to requests before the last one are dropped. */
  private _generation = 0;
  /** The last lists of functions on targets that are not current, by name. */
  private readonly _lists = new Map<string, readonly IDeployedFunction[]>();
  private _watchCount = 0;
  private _pollCount = 0;
  private _condition: Condition = { kind: 'loading' };
  private _status: IStatus | null = null;
  private _functions: readonly IDeployedFunction[] = [];
  private _functionsAsOf: number | null = null;
  private _activations: readonly IActivationSummary[] | null = null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _activationsAdded = new Signal<this, readonly IActivationSummary[]>(this);
}

export namespace FaasManager {
  export interface IOptions {
    api: FaasApi;
    /** The interval between polls in ms. */
    pollInterval: number;
  }
}

function sameIds(
  one: readonly IActivationSummary[],
  other: readonly IActivationSummary[]
): boolean {
  return (
    one.length === other.length &&
    one.every((entry, index) => entry.id === other[index]?.id && entry.end === other[index].end)
  );
}

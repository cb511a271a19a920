import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IForecast } from '../api/card';
import { FaasError } from '../api/errors';
import { withExact } from '../api/numbers';
import type { IKernelFunction, KernelEvent } from '../api/types';
import type { ICarriedBundle, IKernelLink, LinkState } from '../tokens';
import { until } from './waitfor';

const TARGET = 'jupyter_faas';

/** A kernel that ran a cell says within this time what it packaged. */
const SILENCE_MS = 15_000;

/**
 * A kernel that has nothing to do and says nothing for so long has not been heard: its words are lost
 * while the server connects to it. Asked again, each time after twice as long.
 */
const UNHEARD_MS = 3000;

/** Stands for every package in an answer that names none. */
const ANY = '';

/**
 * The comm to a notebook's kernel: one per kernel, opened anew after a restart.
 *
 * Opening is tried only while {@link KernelLink.wanted}: a kernel without the package writes a line
 * into its log for every attempt.
 */
export class KernelLink implements IKernelLink, IDisposable {
  constructor(private readonly _session: ISessionContext) {
    _session.kernelChanged.connect(this._onKernelChanged, this);
    _session.statusChanged.connect(this._onStatusChanged, this);
  }

  get state(): LinkState {
    return this._state;
  }

  get functions(): readonly IKernelFunction[] {
    return this._functions;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get activated(): ISignal<this, string> {
    return this._activated;
  }

  get forecastMeasured(): ISignal<this, { package: string; forecast: IForecast }> {
    return this._forecastMeasured;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the notebook has anything to do with us. */
  set wanted(wanted: boolean) {
    if (wanted !== this._wanted) {
      this._wanted = wanted;
      this.retry();
    }
  }

  /** Opens the comm if it is wanted, not open and there is a kernel to open it to. */
  retry(): void {
    if (this._isDisposed || !this._wanted || this._comm !== null) {
      return;
    }
    const kernel = this._session.session?.kernel;
    if (!kernel || kernel.isDisposed || !kernel.handleComms) {
      this._setState('none');
      return;
    }
    if (kernel.status === 'restarting' || kernel.status === 'autorestarting') {
      return;
    }
    this._setState('connecting');
    void this._open(kernel);
  }

  waitFor(
    fits: (one: IKernelFunction) => boolean,
    abort: AbortSignal,
    limitMs = SILENCE_MS
  ): Promise<IKernelFunction> {
    this.retry();
    this._send({ op: 'functions' });
    return until({
      changed: this._changed,
      look: () => this._functions.find(fits),
      abort,
      limit: { ms: limitMs, error: silent() }
    });
  }

  async bundle(packageId: string, abort: AbortSignal): Promise<ICarriedBundle> {
    if (!this._send({ op: 'bundle', package: packageId })) {
      throw notConnected();
    }
    this._bundles.clear();
    const answer = await until({
      changed: this._answered,
      look: () => this._bundles.get(packageId) ?? this._bundles.get(ANY),
      abort
    });
    this._bundles.clear();
    if (answer instanceof FaasError) {
      throw answer;
    }
    return answer;
  }

  askForecast(packageId: string): void {
    this._send({ op: 'forecast', package: packageId });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._unheard);
    this._session.kernelChanged.disconnect(this._onKernelChanged, this);
    this._session.statusChanged.disconnect(this._onStatusChanged, this);
    this._drop('none');
    Signal.clearData(this);
  }

  private async _open(kernel: Kernel.IKernelConnection, patienceMs = UNHEARD_MS): Promise<void> {
    const comm = kernel.createComm(TARGET);
    this._comm = comm;
    this._askAgain(kernel, comm, patienceMs);
    // Messages must not overtake the cell that is running: the kernel packages in its main thread.
    if ('commsOverSubshells' in comm) {
      Object.assign(comm, { commsOverSubshells: 'disabled' });
    }
    comm.onMsg = message => this._onMessage(comm, message);
    comm.onClose = () => {
      if (this._comm === comm) {
        this._drop('absent');
      }
    };
    const info = await kernel.info.catch(() => null);
    if (this._comm !== comm || comm.isDisposed) {
      return;
    }
    if (info === null || info.language_info.name !== 'python') {
      this._drop('none');
      return;
    }
    comm.open();
    this._send({ op: 'hello' });
    this._send({ op: 'functions' });
  }

  private _askAgain(
    kernel: Kernel.IKernelConnection,
    comm: Kernel.IComm,
    patienceMs: number
  ): void {
    window.clearTimeout(this._unheard);
    this._unheard = window.setTimeout(() => {
      if (this._comm !== comm || this._state !== 'connecting') {
        return;
      }
      if (kernel.isDisposed || kernel.status !== 'idle') {
        this._askAgain(kernel, comm, patienceMs);
        return;
      }
      comm.dispose();
      void this._open(kernel, 2 * patienceMs);
    }, patienceMs);
  }

  private _onMessage(comm: Kernel.IComm, message: KernelMessage.ICommMsgMsg): void {
    if (this._comm !== comm) {
      return;
    }
    const event = withExact(message.content.data as unknown as KernelEvent);
    switch (event.event) {
      case 'hello':
        this._setState('connected');
        break;
      case 'functions':
        this._functions = event.functions;
        this._state = 'connected';
        this._changed.emit();
        break;
      case 'bundle': {
        const bytes = bytesOf(message.buffers?.[0]);
        const { package: record, sha256 } = event;
        this._answer(record.id, { record, sha256, bytes });
        break;
      }
      case 'forecast':
        this._forecastMeasured.emit({ package: event.package, forecast: event.forecast });
        break;
      case 'activation':
        this._activated.emit(event.id);
        break;
      case 'error':
        if (event.op === 'bundle') {
          this._answer(event.package, new FaasError(0, event.error));
        }
        break;
    }
  }

  /** An answer that does not say which package it is about is about all that are waited for. */
  private _answer(packageId: string | undefined, answer: ICarriedBundle | FaasError): void {
    this._bundles.set(packageId ?? ANY, answer);
    this._answered.emit();
  }

  private _send(message: { op: string; package?: string }): boolean {
    if (this._comm === null || this._comm.isDisposed) {
      return false;
    }
    this._comm.send(message);
    return true;
  }

  private _onKernelChanged(): void {
    this._drop('idle');
    this.retry();
  }

  private _onStatusChanged(_: ISessionContext, status: Kernel.Status): void {
    switch (status) {
      case 'restarting':
      case 'autorestarting':
      case 'dead':
      case 'terminating':
        // What the old process knew is gone with it.
        this._drop('idle');
        break;
      case 'idle':
        if (this._state === 'idle') {
          this.retry();
        }
        break;
    }
  }

  private _drop(state: LinkState): void {
    const comm = this._comm;
    this._comm = null;
    if (comm !== null && !comm.isDisposed) {
      comm.dispose();
    }
    this._answer(undefined, notConnected());
    this._bundles.clear();
    this._functions = [];
    this._state = state;
    this._changed.emit();
  }

  private _setState(state: LinkState): void {
    if (state !== this._state) {
      this._state = state;
      this._changed.emit();
    }
  }

  private _comm: Kernel.IComm | null = null;
  private _unheard = 0;
  private _state: LinkState = 'idle';
  private _wanted = false;
  private _functions: readonly IKernelFunction[] = [];
  private _isDisposed = false;
  private readonly _bundles = new Map<string, ICarriedBundle | FaasError>();
  private readonly _answered = new Signal<this, void>(this);
  private readonly _changed = new Signal<this, void>(this);
  private readonly _activated = new Signal<this, string>(this);
  private readonly _forecastMeasured = new Signal<this, { package: string; forecast: IForecast }>(
    this
  );
}

function bytesOf(buffer: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (buffer === undefined) {
    return new Uint8Array();
  }
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

function silent(): FaasError {
  return new FaasError(0, {
    code: 'kernel_silent',
    message: 'The kernel ran the cell but did not say what it packaged.',
    hint: 'Run %load_ext jupyter_faas in this notebook, then deploy again.'
  });
}

function notConnected(): FaasError {
  return new FaasError(0, {
    code: 'no_kernel_link',
    message: 'The kernel is not connected to jupyter_faas.',
    hint: 'Run %load_ext jupyter_faas in this notebook.'
  });
}

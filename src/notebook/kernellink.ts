import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IForecast } from '../api/card';
import { FaasError } from '../api/errors';
import { restoreExactNumbers } from '../api/numbers';
import type { IKernelFunction, KernelEvent } from '../api/types';
import { readKernelPython } from '../state/kernelpython';
import type { IKernelBundle, IKernelLink, IKernelPython, LinkState } from '../tokens';
import { waitForSignal } from './waitfor';

const TARGET = 'jupyter_faas';

/** The time within which a kernel must report the package of a cell that it ran. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * The time within which an idle kernel must answer. Without an answer, the message was lost, which
 * happens while the server connects to the kernel. The comm is then opened again, and the time
 * doubles with each attempt.
 */
const OPEN_TIMEOUT_MS = 3000;

/** The key for an answer that does not name its package. */
const ANY_PACKAGE = '';

/**
 * The comm between a notebook and its kernel.
 *
 * The state is `idle` at first, `connecting` once the comm is opened, and `connected` when the
 * kernel answers `hello`. It is `absent` if the kernel closes the comm because jupyter_faas is not
 * loaded, and `none` without a Python kernel. When the kernel is restarted or replaced, the state
 * is reset and the comm is opened again.
 *
 * The comm is opened only while {@link KernelLink.wanted} is true, because a kernel that has not
 * loaded jupyter_faas logs an error for every attempt. Requests have no ids. A `functions` message
 * always contains the complete list, so `waitFor` only watches the list. Only bundles are matched
 * to requests, by package id.
 */
export class KernelLink implements IKernelLink, IDisposable {
  constructor(private readonly _session: ISessionContext) {
    _session.kernelChanged.connect(this._onKernelChanged, this);
    _session.statusChanged.connect(this._onStatusChanged, this);
  }

  get state(): LinkState {
    return this._state;
  }

  /** The environment of a kernel whose state is `absent`; null until the kernel has answered. */
  get python(): IKernelPython | null {
    return this._python;
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

  get targetChosen(): ISignal<this, string | null> {
    return this._targetChosen;
  }

  /** The target that the notebook records, which the kernel is told. */
  set target(target: string | null) {
    this._target = target;
    this._sendTarget();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the notebook uses jupyter_faas, so that the comm should be open. */
  set wanted(wanted: boolean) {
    if (wanted !== this._wanted) {
      this._wanted = wanted;
      this.retry();
    }
  }

  /** Open the comm if it is wanted but not open and there is a kernel. */
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
    limitMs = ANSWER_TIMEOUT_MS
  ): Promise<IKernelFunction> {
    this.retry();
    this._send({ op: 'functions' });
    return waitForSignal({
      changed: this._changed,
      look: () => this._functions.find(fits),
      abort,
      limit: { ms: limitMs, error: kernelSilent() }
    });
  }

  async bundle(packageId: string, abort: AbortSignal): Promise<IKernelBundle> {
    if (!this._send({ op: 'bundle', package: packageId })) {
      throw notConnected();
    }
    this._bundles.clear();
    const answer = await waitForSignal({
      changed: this._bundleReceived,
      look: () => this._bundles.get(packageId) ?? this._bundles.get(ANY_PACKAGE),
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
    window.clearTimeout(this._reopenTimer);
    this._session.kernelChanged.disconnect(this._onKernelChanged, this);
    this._session.statusChanged.disconnect(this._onStatusChanged, this);
    this._disconnect('none');
    Signal.clearData(this);
  }

  private async _open(
    kernel: Kernel.IKernelConnection,
    patienceMs = OPEN_TIMEOUT_MS
  ): Promise<void> {
    const comm = kernel.createComm(TARGET);
    this._comm = comm;
    this._reopenIfSilent(kernel, comm, patienceMs);
    // Without subshells, comm messages wait for the running cell. They must not overtake the cell,
    // because the kernel packages functions in its main thread.
    if ('commsOverSubshells' in comm) {
      Object.assign(comm, { commsOverSubshells: 'disabled' });
    }
    comm.onMsg = message => this._onMessage(comm, message);
    comm.onClose = () => {
      if (this._comm === comm) {
        this._disconnect('absent');
        void this._readPython(kernel);
      }
    };
    const info = await kernel.info.catch(() => null);
    if (this._comm !== comm || comm.isDisposed) {
      return;
    }
    if (info === null || info.language_info.name !== 'python') {
      this._disconnect('none');
      return;
    }
    comm.open();
    this._send({ op: 'hello' });
    this._send({ op: 'functions' });
  }

  private async _readPython(kernel: Kernel.IKernelConnection): Promise<void> {
    const python = await readKernelPython(kernel);
    if (this._state === 'absent' && this._session.session?.kernel === kernel) {
      this._python = python;
      this._changed.emit();
    }
  }

  private _reopenIfSilent(
    kernel: Kernel.IKernelConnection,
    comm: Kernel.IComm,
    patienceMs: number
  ): void {
    window.clearTimeout(this._reopenTimer);
    this._reopenTimer = window.setTimeout(() => {
      if (this._comm !== comm || this._state !== 'connecting') {
        return;
      }
      if (kernel.isDisposed || kernel.status !== 'idle') {
        this._reopenIfSilent(kernel, comm, patienceMs);
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
    const event = restoreExactNumbers(message.content.data as unknown as KernelEvent);
    switch (event.event) {
      case 'hello':
        this._setState('connected');
        this._kernelTarget = event.target;
        if (event.target !== null && (event.unrecorded || this._target === null)) {
          this._targetChosen.emit(event.target);
        } else {
          this._sendTarget();
        }
        break;
      case 'target':
        this._kernelTarget = event.name;
        this._targetChosen.emit(event.name);
        break;
      case 'functions':
        this._functions = event.functions;
        this._state = 'connected';
        this._changed.emit();
        break;
      case 'bundle': {
        const bytes = bytesOf(message.buffers?.[0]);
        const { package: record, sha256 } = event;
        this._setBundle(record.id, { record, sha256, bytes });
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
          this._setBundle(event.package, new FaasError(0, event.error));
        }
        break;
    }
  }

  /**
   * Pass an answer to the requests for its package. An answer without a package id resolves all
   * pending requests.
   */
  private _setBundle(packageId: string | undefined, answer: IKernelBundle | FaasError): void {
    this._bundles.set(packageId ?? ANY_PACKAGE, answer);
    this._bundleReceived.emit();
  }

  private _sendTarget(): void {
    if (this._state === 'connected' && this._target !== this._kernelTarget) {
      this._kernelTarget = this._target;
      this._send({ op: 'target', name: this._target });
    }
  }

  private _send(message: { op: string; package?: string; name?: string | null }): boolean {
    if (this._comm === null || this._comm.isDisposed) {
      return false;
    }
    this._comm.send(message);
    return true;
  }

  private _onKernelChanged(): void {
    this._disconnect('idle');
    this.retry();
  }

  private _onStatusChanged(_: ISessionContext, status: Kernel.Status): void {
    switch (status) {
      case 'restarting':
      case 'autorestarting':
      case 'dead':
      case 'terminating':
        // The state of the old kernel process is lost.
        this._disconnect('idle');
        break;
      case 'idle':
        if (this._state === 'idle') {
          this.retry();
        }
        break;
    }
  }

  private _disconnect(state: LinkState): void {
    const comm = this._comm;
    this._comm = null;
    if (comm !== null && !comm.isDisposed) {
      comm.dispose();
    }
    this._kernelTarget = undefined;
    this._setBundle(undefined, notConnected());
    this._bundles.clear();
    this._functions = [];
    this._python = null;
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
  private _reopenTimer = 0;
  private _state: LinkState = 'idle';
  private _python: IKernelPython | null = null;
  private _wanted = false;
  private _functions: readonly IKernelFunction[] = [];
  private _isDisposed = false;
  private readonly _bundles = new Map<string, IKernelBundle | FaasError>();
  private readonly _bundleReceived = new Signal<this, void>(this);
  private _target: string | null = null;
  /** The target that the kernel uses, as far as it is known here. */
  private _kernelTarget: string | null | undefined = undefined;
  private readonly _targetChosen = new Signal<this, string | null>(this);
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

function kernelSilent(): FaasError {
  return new FaasError(0, {
    code: 'kernel_silent',
    message: 'The kernel ran the cell but did not report a package.',
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

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import {
  FaasError,
  type IForecast,
  type IKernelFunction,
  type JsonObject,
  type KernelEvent,
  type PackageRecord
} from '../api/types';
import type { IKernelLink, LinkState } from '../tokens';

const TARGET = 'jupyter_faas';

interface IBundle {
  record: PackageRecord;
  sha256: string;
  bytes: Uint8Array;
}

interface IWaiter<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

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
    signal: AbortSignal,
    limit = 15_000
  ): Promise<IKernelFunction> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this._changed.disconnect(look);
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const look = () => {
        const found = this._functions.find(fits);
        if (found) {
          finish(() => resolve(found));
        }
      };
      const abort = () => finish(() => reject(signal.reason as Error));
      const timer = setTimeout(
        () =>
          finish(() =>
            reject(
              new FaasError(0, {
                code: 'kernel_silent',
                message: 'The kernel ran the cell but did not say what it packaged.',
                hint: 'Run %load_ext jupyter_faas in this notebook, then deploy again.'
              })
            )
          ),
        limit
      );
      signal.addEventListener('abort', abort);
      this._changed.connect(look);
      this.retry();
      this._send({ op: 'functions' });
      look();
    });
  }

  bundle(packageId: string, signal: AbortSignal): Promise<IBundle> {
    return new Promise((resolve, reject) => {
      if (!this._send({ op: 'bundle', package: packageId })) {
        reject(notConnected());
        return;
      }
      const abort = () => {
        this._bundles.delete(packageId);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      const release = () => signal.removeEventListener('abort', abort);
      this._bundles.set(packageId, {
        resolve: value => {
          release();
          resolve(value);
        },
        reject: error => {
          release();
          reject(error);
        }
      });
    });
  }

  askForecast(packageId: string): void {
    this._send({ op: 'forecast', package: packageId });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._session.kernelChanged.disconnect(this._onKernelChanged, this);
    this._session.statusChanged.disconnect(this._onStatusChanged, this);
    this._drop('none');
    Signal.clearData(this);
  }

  private async _open(kernel: Kernel.IKernelConnection): Promise<void> {
    const comm = kernel.createComm(TARGET);
    this._comm = comm;
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

  private _onMessage(comm: Kernel.IComm, message: KernelMessage.ICommMsgMsg): void {
    if (this._comm !== comm) {
      return;
    }
    const event = message.content.data as unknown as KernelEvent;
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
        this._settle(event.package.id, waiter =>
          waiter.resolve({ record: event.package, sha256: event.sha256, bytes })
        );
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
          // The event does not say which one, and there is hardly ever more than one.
          for (const id of [...this._bundles.keys()]) {
            this._settle(id, waiter => waiter.reject(new FaasError(0, event.error)));
          }
        }
        break;
    }
  }

  private _settle(packageId: string, settle: (waiter: IWaiter<IBundle>) => void): void {
    const waiter = this._bundles.get(packageId);
    this._bundles.delete(packageId);
    if (waiter) {
      settle(waiter);
    }
  }

  private _send(message: JsonObject): boolean {
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
    for (const id of [...this._bundles.keys()]) {
      this._settle(id, waiter => waiter.reject(notConnected()));
    }
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
  private _state: LinkState = 'idle';
  private _wanted = false;
  private _functions: readonly IKernelFunction[] = [];
  private _isDisposed = false;
  private readonly _bundles = new Map<string, IWaiter<IBundle>>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _activated = new Signal<this, string>(this);
  private readonly _forecastMeasured = new Signal<
    this,
    { package: string; forecast: IForecast }
  >(this);
}

function bytesOf(buffer: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (buffer === undefined) {
    return new Uint8Array();
  }
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

function notConnected(): FaasError {
  return new FaasError(0, {
    code: 'no_kernel_link',
    message: 'The kernel is not connected to jupyter_faas.',
    hint: 'Run %load_ext jupyter_faas in this notebook.'
  });
}

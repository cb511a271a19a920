import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import type { JsonObject } from '../api/values';

/** A fake comm that records sent messages. The test plays the kernel. */
export class FakeComm {
  readonly sent: JsonObject[] = [];
  isDisposed = false;
  commsOverSubshells = 'perCommTarget';
  onMsg: (message: KernelMessage.ICommMsgMsg) => void = () => undefined;
  onClose: (message: KernelMessage.ICommCloseMsg) => void = () => undefined;

  open(): void {
    this.sent.push({ op: 'open' });
  }

  send(message: JsonObject): void {
    this.sent.push(message);
  }

  dispose(): void {
    this.isDisposed = true;
  }

  say(data: unknown, buffers: ArrayBuffer[] = []): void {
    this.onMsg({ content: { data }, buffers } as unknown as KernelMessage.ICommMsgMsg);
  }

  /** Close the comm, as a kernel does if no comm target is registered. */
  refuse(): void {
    this.isDisposed = true;
    this.onClose({} as KernelMessage.ICommCloseMsg);
  }

  get ops(): unknown[] {
    return this.sent.map(message => message.op);
  }
}

/** A fake session context and kernel. */
export class FakeSession {
  constructor(language = 'python') {
    const comms = this.comms;
    this.kernel = {
      handleComms: true,
      isDisposed: false,
      status: 'idle',
      info: Promise.resolve({ language_info: { name: language } }),
      requestExecute: ({ code }) => {
        // Without code, the environment is asked for with expressions.
        if (code === '') {
          return { done: Promise.resolve({ content: this._environment() }) };
        }
        this.executed.push(code);
        return { done: Promise.resolve({ content: this.reply }) };
      },
      createComm: () => {
        const comm = new FakeComm();
        comms.push(comm);
        return comm;
      }
    };
    this.context = {
      session: { kernel: this.kernel },
      ready: Promise.resolve(),
      kernelChanged: new Signal<object, unknown>(this),
      statusChanged: new Signal<object, Kernel.Status>(this)
    };
  }

  /** What the kernel's environment has, as Python prints it. */
  python: { executable: string; pip: boolean; package: boolean } = {
    executable: "'/usr/bin/python'",
    pip: true,
    package: true
  };

  readonly comms: FakeComm[] = [];
  /** The code that was executed without a cell, and the reply to it. */
  readonly executed: string[] = [];
  reply: JsonObject = { status: 'ok' };
  readonly kernel: {
    handleComms: boolean;
    isDisposed: boolean;
    status: Kernel.Status;
    info: Promise<unknown>;
    requestExecute: (content: { code: string }) => { done: Promise<{ content: JsonObject }> };
    createComm: () => FakeComm;
  };
  readonly context: {
    session: { kernel: unknown };
    ready: Promise<void>;
    kernelChanged: Signal<object, unknown>;
    statusChanged: Signal<object, Kernel.Status>;
  };

  get asContext(): ISessionContext {
    return this.context as unknown as ISessionContext;
  }

  get comm(): FakeComm {
    const last = this.comms[this.comms.length - 1];
    if (last === undefined) {
      throw new Error('No comm was opened.');
    }
    return last;
  }

  private _environment(): JsonObject {
    const said = (text: string) => ({ status: 'ok', data: { 'text/plain': text } });
    const word = (yes: boolean) => said(yes ? 'True' : 'False');
    const { executable, pip, package: own } = this.python;
    return {
      status: 'ok',
      user_expressions: { executable: said(executable), pip: word(pip), package: word(own) }
    };
  }

  become(status: Kernel.Status): void {
    this.kernel.status = status;
    this.context.statusChanged.emit(status);
  }
}

/** Wait until pending promises are settled. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.resolve();
  }
}

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { errorWords, FaasError } from '../api/errors';
import type { IDeployment, IKernelFunction } from '../api/types';
import { version } from '../format/format';
import { isBusy, type IDeployJob, type JobPhase } from '../state/functionstate';
import type { IFaasManager, ILiveFunction, INotebookFunctions } from '../tokens';
import { until } from './waitfor';

/** The refusal to overwrite somebody else's change. */
const CHANGED_ELSEWHERE = 'changed_elsewhere';

/** Refusals that mean: the server does not have what the kernel packaged. */
const NOT_CARRIED = new Set(['package_not_found', 'bundle_not_found']);

/** A kernel that is busy for so long answers a message of ours, or ends a short cell. */
const BRIEFLY_MS = 1000;
const STILL_BUSY = new Error('The kernel is still busy.');

/** A notebook that shows how far a deploy came. */
export interface IDeployingNotebook extends INotebookFunctions {
  setJob(name: string, job: IDeployJob | null): void;
}

/** Takes a function from its cell to the target. */
export class Deployer {
  constructor(private readonly _options: Deployer.IOptions) {}

  /** Never rejects: the notebook's job tells how far it came, or why it failed. */
  deploy(notebook: IDeployingNotebook, name: string): Promise<boolean> {
    return this._deploy(notebook, name, []);
  }

  /** `callers` are the compositions that this one is deployed for. */
  private async _deploy(
    notebook: IDeployingNotebook,
    name: string,
    callers: string[]
  ): Promise<boolean> {
    const live = notebook.liveNamed(name);
    if (live === null || isBusy(notebook.job(name))) {
      return false;
    }
    const abort = new AbortController();
    this._running.set(key(notebook, name), abort);
    const report = (phase: JobPhase, size: number | null = null) =>
      notebook.setJob(name, { phase, size, message: '', hint: '' });
    try {
      report('packaging');
      const packaged = await this._packaged(notebook, live, report, abort.signal);
      await this._calledFirst(notebook, packaged, callers, abort.signal);
      report('sending', packaged.size);
      const done = await this._agreed(notebook, packaged, abort.signal);
      notebook.setJob(name, null);
      if (done === null) {
        return false;
      }
      const number = version(done.version);
      if (done.unchanged) {
        this._options.noted(`Nothing to deploy: ${number} of ${name} already is this package.`);
        return true;
      }
      this._options.succeeded(
        `${name} is deployed to ${done.target_label}, version ${number.slice(1)}.`
      );
      if (done.warning) {
        this._options.warned(done.warning);
      }
      return true;
    } catch (error) {
      if (abort.signal.aborted) {
        notebook.setJob(name, null);
        this._options.succeeded(`Deploying ${name} was cancelled.`);
        // The request may have been carried out before it was taken back.
        void this._options.manager.refreshFunctions();
      } else {
        const { message, hint } = errorWords(error);
        notebook.setJob(name, { phase: 'failed', size: null, message, hint });
        this._options.failed(name, message, hint);
      }
      return false;
    } finally {
      this._running.delete(key(notebook, name));
    }
  }

  cancel(notebook: IDeployingNotebook, name: string): void {
    this._running.get(key(notebook, name))?.abort(new Error('Cancelled.'));
  }

  /** Deploys the notebook's own functions that a composition calls and the target lacks. */
  private async _calledFirst(
    notebook: IDeployingNotebook,
    { name, calls }: IKernelFunction,
    callers: string[],
    signal: AbortSignal
  ): Promise<void> {
    const { manager } = this._options;
    const around = [...callers, name];
    for (const called of calls ?? []) {
      const there = !manager.known || manager.functionNamed(called) !== null;
      // A circle is for the server to refuse, which says where it closes.
      if (there || around.includes(called) || notebook.liveNamed(called) === null) {
        continue;
      }
      const cancel = () => this.cancel(notebook, called);
      signal.addEventListener('abort', cancel);
      const done = await this._deploy(notebook, called, around);
      signal.removeEventListener('abort', cancel);
      signal.throwIfAborted();
      if (!done) {
        throw new FaasError(0, {
          code: 'called_not_deployed',
          message: `${called}, which ${name} calls, was not deployed.`,
          hint: `Deploy ${called}, then ${name} again.`
        });
      }
    }
  }

  /** What the kernel packaged of the cell as it stands; runs the cell first where that is older. */
  private async _packaged(
    notebook: IDeployingNotebook,
    live: ILiveFunction,
    report: (phase: JobPhase) => void,
    signal: AbortSignal
  ): Promise<IKernelFunction> {
    const ready = notebook.kernelFunction(live);
    if (ready !== null && !notebook.standing(live).needsRun) {
      return ready;
    }
    const { name } = live;
    await this._kernelIdle(notebook, name, report, signal);
    const text = await this._run(notebook, live, report, signal);
    report('packaging');
    return notebook.link.waitFor(
      one => one.name === name && one.source_text === text && one.stale.length === 0,
      signal
    );
  }

  private async _kernelIdle(
    notebook: IDeployingNotebook,
    name: string,
    report: (phase: JobPhase) => void,
    signal: AbortSignal
  ): Promise<void> {
    const { sessionContext } = notebook.panel;
    await sessionContext.ready;
    const kernel = sessionContext.session?.kernel;
    if (!kernel) {
      throw new FaasError(0, {
        code: 'no_kernel',
        message: `${name} must run before it can be deployed, and this notebook has no kernel.`,
        hint: 'Choose a kernel for the notebook, then deploy again.'
      });
    }
    if (kernel.status !== 'busy') {
      return;
    }
    report('waiting');
    const idle = (limit?: { ms: number; error: Error }) =>
      until({
        changed: sessionContext.statusChanged,
        look: () => (sessionContext.session?.kernel?.status === 'busy' ? undefined : true),
        abort: signal,
        limit
      });
    try {
      await idle({ ms: BRIEFLY_MS, error: STILL_BUSY });
      return;
    } catch (error) {
      if (error !== STILL_BUSY) {
        throw error;
      }
    }
    if (!(await this._options.askToWait(name))) {
      this.cancel(notebook, name);
    }
    signal.throwIfAborted();
    await idle();
  }

  /** Runs the cell; the text that was executed. */
  private async _run(
    notebook: IDeployingNotebook,
    live: ILiveFunction,
    report: (phase: JobPhase) => void,
    signal: AbortSignal
  ): Promise<string> {
    const { panel } = notebook;
    const cell = panel.content.widgets.find(one => one.model.id === live.cellId);
    if (!cell) {
      throw new FaasError(0, {
        code: 'no_cell',
        message: `The cell of ${live.name} is no longer in the notebook.`,
        hint: ''
      });
    }
    report('running');
    const text = cell.model.sharedModel.getSource();
    const interrupt = () => void panel.sessionContext.session?.kernel?.interrupt();
    signal.addEventListener('abort', interrupt);
    let ran: boolean;
    try {
      ran = await this._options.run(panel, cell);
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
    signal.throwIfAborted();
    if (!ran) {
      const { state } = notebook.link;
      throw new FaasError(0, {
        code: 'cell_failed',
        message: `The cell of ${live.name} failed, so nothing was deployed.`,
        hint:
          state === 'connected'
            ? 'The cell says why.'
            : 'The kernel does not know jupyter_faas: run %load_ext jupyter_faas, then deploy again.'
      });
    }
    return text;
  }

  /** Deploys; over somebody else's change only when the user says so, else it is null. */
  private async _agreed(
    notebook: IDeployingNotebook,
    packaged: IKernelFunction,
    signal: AbortSignal
  ): Promise<IDeployment | null> {
    try {
      return await this._send(notebook, packaged, false, signal);
    } catch (error) {
      if (!(error instanceof FaasError) || error.code !== CHANGED_ELSEWHERE) {
        throw error;
      }
      if (!(await this._options.askToOverwrite(packaged.name, error.message))) {
        return null;
      }
    }
    signal.throwIfAborted();
    return this._send(notebook, packaged, true, signal);
  }

  private async _send(
    notebook: IDeployingNotebook,
    packaged: IKernelFunction,
    force: boolean,
    signal: AbortSignal
  ): Promise<IDeployment> {
    const { manager } = this._options;
    try {
      return await manager.deploy(packaged.package, force, signal);
    } catch (error) {
      if (!(error instanceof FaasError) || !NOT_CARRIED.has(error.code)) {
        throw error;
      }
    }
    await this.carry(notebook, packaged.package, signal);
    return manager.deploy(packaged.package, force, signal);
  }

  /** Where kernel and server do not share a disk, what the kernel packaged travels through here. */
  async carry(notebook: INotebookFunctions, packageId: string, signal: AbortSignal): Promise<void> {
    const { api } = this._options.manager;
    const { record, sha256, bytes } = await notebook.link.bundle(packageId, signal);
    await api.putBundle(sha256, bytes, signal);
    await api.putPackage(record, signal);
  }

  private readonly _running = new Map<string, AbortController>();
}

export namespace Deployer {
  export interface IOptions {
    manager: IFaasManager;
    /** Runs a cell; whether it ran to its end. */
    run: (panel: NotebookPanel, cell: Cell) => Promise<boolean>;
    /** Whether to wait for a busy kernel before the cell of that function runs. */
    askToWait: (name: string) => Promise<boolean>;
    /** Whether to overwrite what somebody else put on the target; `message` says what. */
    askToOverwrite: (name: string, message: string) => Promise<boolean>;
    /** Tells the user at once, without getting in the way. */
    succeeded: (words: string) => void;
    /** Of a deploy that had nothing to do. */
    noted: (words: string) => void;
    /** Of a deploy that succeeded, with something to know about it. */
    warned: (words: string) => void;
    failed: (name: string, message: string, hint: string) => void;
  }
}

function key({ panel }: IDeployingNotebook, name: string): string {
  return `${panel.id} ${name}`;
}

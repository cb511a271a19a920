import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';

import { describeError, FaasError } from '../api/errors';
import type { IDeployment, IKernelFunction } from '../api/types';
import { localMessage, version } from '../format/format';
import { isBusy, type IDeployJob, type JobPhase } from '../state/functionstate';
import type { IFaasManager, IFunctionCell, INotebookFunctions } from '../tokens';
import { loadExtension, runKeepingCard, type ICellRun } from './cellrun';
import { KernelActivity } from './kernelactivity';
import { waitForSignal } from './waitfor';

/** The error code of a deploy that would overwrite a change by someone else. */
const CHANGED_ELSEWHERE = 'changed_elsewhere';

/** Error codes of a server that does not have the kernel's package. */
const MISSING_ON_SERVER = new Set(['package_not_found', 'bundle_not_found']);

/**
 * The time for which a kernel may be busy before the user is asked. A kernel that is busy for less
 * time is handling a comm message or finishing a short cell.
 */
const SHORT_WAIT_MS = 1000;
const STILL_BUSY = new Error('The kernel is still busy.');

/** A notebook that displays the progress of deploys. */
export interface IDeployingNotebook extends INotebookFunctions {
  setJob(name: string, job: IDeployJob | null): void;
}

/**
 * Deploys a function from its cell to the target.
 *
 * The notebook's job shows the phase of the deploy. If the kernel has not packaged the current text
 * of the cell, the deploy is first *waiting* until the kernel is idle. If that takes long, the user
 * is asked whether to wait. The extension is loaded into a kernel that was restarted. The deploy is
 * then *running* the cell, and *packaging* until the kernel reports the package over the comm. If the
 * cell fails, it keeps its card, and the notebook's job shows the error.
 *
 * Functions that a composition calls and that the target does not have are deployed next. Then the
 * deploy is *sending*: it asks the server to deploy the package with this id. A server that does
 * not share the kernel's disk does not have the package. In that case, the bundle is fetched from
 * the kernel and uploaded, and the request is repeated.
 *
 * All phases observe one AbortSignal, so that a deploy can be cancelled at any time.
 */
export class Deployer {
  constructor(private readonly _options: Deployer.IOptions) {}

  /**
   * Deploy a function, and resolve with whether it is deployed. Never rejects, because the
   * notebook's job holds the error.
   */
  deploy(notebook: IDeployingNotebook, name: string): Promise<boolean> {
    return this._deploy(notebook, name, []);
  }

  /** Deploy a function. `callers` are the compositions that caused this deploy. */
  private async _deploy(
    notebook: IDeployingNotebook,
    name: string,
    callers: string[]
  ): Promise<boolean> {
    const live = notebook.cellNamed(name);
    if (live === null || isBusy(notebook.job(name))) {
      return false;
    }
    const abort = new AbortController();
    this._running.set(key(notebook, name), abort);
    // The deploy goes where the notebook points now, even if another target is chosen meanwhile.
    const { target } = notebook;
    const report = (phase: JobPhase, size: number | null = null) =>
      notebook.setJob(name, { phase, size, message: '', hint: '' });
    try {
      report('packaging');
      const packaged = await this._package(notebook, live, report, abort.signal);
      await this._deployCalledActions(notebook, packaged, callers, abort.signal);
      report('sending', packaged.size);
      const done = await this._sendOrOverwrite(notebook, packaged, target, abort.signal);
      notebook.setJob(name, null);
      if (done === null) {
        return false;
      }
      const number = version(done.version);
      if (done.unchanged) {
        this._options.onUnchanged(
          `Nothing to deploy: ${number} of ${name} already has this package.`
        );
        return true;
      }
      this._options.onSuccess(
        `Deployed ${name} to ${done.target_label} as version ${number.slice(1)}.`
      );
      if (done.warning) {
        this._options.onWarning(done.warning);
      }
      return true;
    } catch (error) {
      if (abort.signal.aborted) {
        notebook.setJob(name, null);
        this._options.onSuccess(`The deploy of ${name} was cancelled.`);
        // The server may have completed the request before the request was aborted.
        void this._options.manager.refreshFunctions();
      } else {
        const { message, hint } = describeError(error);
        notebook.setJob(name, { phase: 'failed', size: null, message, hint });
        this._options.onFailure(name, message, hint);
      }
      return false;
    } finally {
      this._running.delete(key(notebook, name));
    }
  }

  cancel(notebook: IDeployingNotebook, name: string): void {
    this._running.get(key(notebook, name))?.abort(new Error('Cancelled.'));
  }

  /**
   * Deploy the functions of the notebook that a composition calls and that the target does not
   * have.
   */
  private async _deployCalledActions(
    notebook: IDeployingNotebook,
    { name, calls }: IKernelFunction,
    callers: string[],
    signal: AbortSignal
  ): Promise<void> {
    const around = [...callers, name];
    const { target } = notebook;
    for (const called of calls ?? []) {
      // If the functions of the target are not known, the server decides.
      const held = await this._options.manager.listFunctions(target).catch(() => null);
      const there = held === null || held.some(one => one.name === called);
      // Leave cyclic calls to the server, which rejects them with a better message.
      if (there || around.includes(called) || notebook.cellNamed(called) === null) {
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
          hint: `Deploy ${called}, then deploy ${name} again.`
        });
      }
    }
  }

  /** Return the kernel's package of the cell's current text. An outdated cell is run first. */
  private async _package(
    notebook: IDeployingNotebook,
    live: IFunctionCell,
    report: (phase: JobPhase) => void,
    signal: AbortSignal
  ): Promise<IKernelFunction> {
    const ready = notebook.kernelFunction(live);
    if (ready !== null && !notebook.status(live).needsRun) {
      return ready;
    }
    const { name } = live;
    const kernel = await this._waitForKernel(notebook, name, report, signal);
    // A kernel that was restarted has neither the magics nor the notebook's variables.
    const fresh = notebook.link.state !== 'connected';
    if (fresh) {
      await loadExtension(kernel);
      signal.throwIfAborted();
      notebook.link.retry();
    }
    const text = await this._runCell(notebook, live, fresh, report, signal);
    report('packaging');
    return notebook.link.waitFor(
      one => one.name === name && one.source_text === text && one.stale.length === 0,
      signal
    );
  }

  private async _waitForKernel(
    notebook: IDeployingNotebook,
    name: string,
    report: (phase: JobPhase) => void,
    signal: AbortSignal
  ): Promise<Kernel.IKernelConnection> {
    const { sessionContext } = notebook.panel;
    await sessionContext.ready;
    const kernel = sessionContext.session?.kernel;
    if (!kernel) {
      throw new FaasError(0, {
        code: 'no_kernel',
        message: `${name} cannot be deployed until its cell has run, but this notebook does not have a kernel.`,
        hint: 'Choose a kernel for the notebook, then deploy again.'
      });
    }
    const activity = new KernelActivity(notebook.panel);
    try {
      if (activity.isBusy) {
        report('waiting');
        await this._waitUntilIdle(notebook, name, activity, signal);
      }
    } finally {
      activity.dispose();
    }
    return kernel;
  }

  private async _waitUntilIdle(
    notebook: IDeployingNotebook,
    name: string,
    activity: KernelActivity,
    signal: AbortSignal
  ): Promise<void> {
    const idle = (limit?: { ms: number; error: Error }) =>
      waitForSignal({
        changed: activity.changed,
        look: () => (activity.isBusy ? undefined : true),
        abort: signal,
        limit
      });
    try {
      await idle({ ms: SHORT_WAIT_MS, error: STILL_BUSY });
      return;
    } catch (error) {
      if (error !== STILL_BUSY) {
        throw error;
      }
    }
    const question = new AbortController();
    const free = idle();
    try {
      // Nobody needs to answer once the kernel is free, or the deploy is cancelled elsewhere.
      const goOn = await Promise.race([
        this._options.askToWait(name, question.signal),
        free.then(() => true)
      ]);
      if (!goOn) {
        this.cancel(notebook, name);
      }
      await free;
    } finally {
      question.abort();
    }
  }

  /**
   * Run the cell, and resolve with the text that was executed. `fresh` is whether the kernel has
   * just loaded the extension.
   */
  private async _runCell(
    notebook: IDeployingNotebook,
    live: IFunctionCell,
    fresh: boolean,
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
    let done: ICellRun;
    try {
      done = await runKeepingCard(cell.model, () => this._options.run(panel, cell));
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
    signal.throwIfAborted();
    if (!done.ran) {
      const failure = `The cell of ${live.name} failed, so nothing was deployed`;
      throw new FaasError(0, {
        code: 'cell_failed',
        message: done.error ? `${failure}: ${done.error}` : `${failure}.`,
        hint: fresh
          ? `The notebook has not run in this kernel. Run the cells above the cell of ${live.name}, then deploy again.`
          : done.restored
            ? 'Run the cell to see the whole error.'
            : 'See the error in the cell.'
      });
    }
    return text;
  }

  /**
   * Deploy the package. Ask before overwriting a change by someone else, and resolve with null if
   * the user declines.
   */
  private async _sendOrOverwrite(
    notebook: IDeployingNotebook,
    packaged: IKernelFunction,
    target: string | null,
    signal: AbortSignal
  ): Promise<IDeployment | null> {
    try {
      return await this._send(notebook, packaged, { target, force: false }, signal);
    } catch (error) {
      if (!(error instanceof FaasError) || error.code !== CHANGED_ELSEWHERE) {
        throw error;
      }
      if (!(await this._options.askToOverwrite(packaged.name, localMessage(error.parts)))) {
        return null;
      }
    }
    signal.throwIfAborted();
    return this._send(notebook, packaged, { target, force: true }, signal);
  }

  private async _send(
    notebook: IDeployingNotebook,
    packaged: IKernelFunction,
    { target, force }: { target: string | null; force: boolean },
    signal: AbortSignal
  ): Promise<IDeployment> {
    const { manager } = this._options;
    try {
      return await manager.deploy(packaged.package, target, force, signal);
    } catch (error) {
      if (!(error instanceof FaasError) || !MISSING_ON_SERVER.has(error.code)) {
        throw error;
      }
    }
    await this.uploadPackage(notebook, packaged.package, signal);
    return manager.deploy(packaged.package, target, force, signal);
  }

  /**
   * Fetch a package from the kernel, and upload it to a server that does not share the kernel's
   * disk.
   */
  async uploadPackage(
    notebook: INotebookFunctions,
    packageId: string,
    signal: AbortSignal
  ): Promise<void> {
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
    /** Run a cell, and resolve with whether it succeeded. */
    run: (panel: NotebookPanel, cell: Cell) => Promise<boolean>;
    /**
     * Ask whether to wait for a busy kernel, and resolve with the answer. The question is withdrawn
     * when `withdrawn` is aborted.
     */
    askToWait: (name: string, withdrawn: AbortSignal) => Promise<boolean>;
    /** Ask whether to overwrite a change by someone else, which `message` describes. */
    askToOverwrite: (name: string, message: string) => Promise<boolean>;
    /** Called with a message after a successful or cancelled deploy. */
    onSuccess: (words: string) => void;
    /** Called with a message if the target already had the package. */
    onUnchanged: (words: string) => void;
    /** Called with the warning of a successful deploy. */
    onWarning: (words: string) => void;
    onFailure: (name: string, message: string, hint: string) => void;
  }
}

function key({ panel }: IDeployingNotebook, name: string): string {
  return `${panel.id} ${name}`;
}

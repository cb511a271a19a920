/**
 * The interfaces and tokens through which the modules of the front end use each other. Every module
 * may import this one, which itself imports only wire types.
 */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { IForecast, IMeasuredTimes, IPreflight } from './api/card';
import type { IGraphAnswer } from './api/composition';
import type { ICostsQuery, ICostsReport } from './api/costs';
import type { IDiff, IDiffEnds, IHistory } from './api/history';
import type { IOpenApi } from './api/openapi';
import type { IFunctionPage, IUsage } from './api/page';
import type { IRollout, RolloutEnd } from './api/rollouts';
import type { IKeptInputAnswer, ISession } from './api/session';
import type { IFired, INewTrigger } from './api/triggers';
import type { IProfileList, ITargetCheck, NewTarget } from './api/targets';
import type {
  IActivation,
  IActivationFilter,
  IActivationSearch,
  IActivationSummary,
  IDeployedFunction,
  IEndedRun,
  IDeployment,
  IRemoval,
  IKernelFunction,
  IStatus,
  ITarget,
  PackageRecord
} from './api/types';
import type { JsonObject } from './api/values';
import type { IDeployJob, IFunctionStatus } from './state/functionstate';

/**
 * The state of the connection to the server and the target. Messages are the server's own texts.
 */
export type Condition =
  | { kind: 'loading' | 'ready' | 'stopped' | 'starting' | 'no-server-half' }
  | {
      kind: 'server-down' | 'unreachable' | 'unauthorized' | 'failed';
      message: string;
      hint: string;
    };

/** A rule that runs a function when its trigger fires. */
export interface IFunctionRule {
  trigger: string;
  rule: string;
  /**
   * The schedule as text, such as `every 5 minutes`; empty if the trigger fires only on request.
   */
  when: string;
  active: boolean;
}

/** The triggers and rules that run functions on a schedule or an event. */
export interface ITriggers {
  /** Return the rules that run a function. */
  of(name: string): readonly IFunctionRule[];
  create(trigger: INewTrigger): Promise<void>;
  /** Remove a trigger together with its rules. */
  remove(trigger: string): Promise<void>;
  fire(trigger: string): Promise<IFired>;
  setActive(rule: string, active: boolean): Promise<void>;
}

/** The monthly budget of the target. Its current value is in the cost reports. */
export interface IBudgetSetting {
  readonly changed: ISignal<IBudgetSetting, void>;
  /** Set the budget in USD, as the user typed it; null removes the budget. */
  set(usdPerMonth: string | null): Promise<void>;
}

/**
 * Holds the state of the target. It polls the server extension, keeps the last responses and runs
 * the user's requests.
 */
export interface IFaasManager {
  readonly condition: Condition;
  readonly status: IStatus | null;
  readonly target: ITarget | null;
  /** The last known list of functions, which is kept while the target is unreachable. */
  readonly functions: readonly IDeployedFunction[];
  readonly functionsAsOf: number | null;
  /** The last known list of activations; null until the first response. */
  readonly activations: readonly IActivationSummary[] | null;
  /** Emitted when one of the properties above changes. */
  readonly changed: ISignal<IFaasManager, void>;
  /** Emitted with the activations that are new in the list. Not emitted for the first list. */
  readonly activationsAdded: ISignal<IFaasManager, readonly IActivationSummary[]>;

  /** Whether {@link functions} matches the target's current list. */
  readonly isUpToDate: boolean;
  functionNamed(name: string): IDeployedFunction | null;

  /** Poll until all returned disposables are disposed. */
  watch(): IDisposable;
  /** Refresh unless a refresh was already requested. */
  refreshOnce(): void;
  refresh(): Promise<void>;
  refreshFunctions(): Promise<void>;
  refreshActivations(): Promise<void>;

  /** Show the target of the current notebook; null for the default. */
  follow(choice: string | null): void;
  /** Return the target of a notebook from what the notebook records, or null if it is unknown. */
  targetOf(choice: string | null): ITarget | null;
  /** Return the last list of functions on a notebook's target, or null if it is not known. */
  functionsOn(choice: string | null): readonly IDeployedFunction[] | null;
  /** Request the functions of a target that is not current. */
  listFunctions(choice: string | null): Promise<readonly IDeployedFunction[] | null>;
  /** Set the target of notebooks that do not record one. */
  setDefaultTarget(name: string): Promise<void>;
  startPlayground(): Promise<void>;
  /** Stop the playground. Resolves with the runs that this ended. */
  stopPlayground(): Promise<readonly IEndedRun[]>;
  invoke(name: string, params: JsonObject): Promise<IActivation>;
  /** Return the run of a call without a reply, as after a reload, or null if there is none. */
  resume(name: string): Promise<IActivation> | null;
  remove(name: string): Promise<IRemoval | undefined>;
  /**
   * Deploy a package to a notebook's target. Rejects with `changed_elsewhere` if someone else changed the function, unless
   * `force` is true.
   */
  deploy(
    packageId: string,
    target: string | null,
    force: boolean,
    abort: AbortSignal
  ): Promise<IDeployment>;
  rollback(name: string, to: string, force: boolean): Promise<IDeployment>;
  readonly triggers: ITriggers;
  readonly budget: IBudgetSetting;
  /** Requests whose results the manager does not keep. */
  readonly api: IFaasRequests;
}

/** Requests whose results the manager does not keep. */
export interface IFaasRequests {
  /** The target that the requests are about; null for the default. */
  readonly target: string | null;
  /** Return the requests about one target, also when another one is current. */
  at(target: string | null): IFaasRequests;
  /** Return the kinds of hosts that a new target can have. */
  profiles(): Promise<IProfileList>;
  /**
   * Add a target, and return what it answered. A target that does not answer is added only with
   * `force`. Otherwise this rejects with an error about one of the fields.
   */
  addTarget(target: NewTarget, force: boolean): Promise<ITargetCheck>;
  activation(id: string): Promise<IActivation>;
  /** Search all records of the target. */
  searchActivations(filter: IActivationFilter): Promise<IActivationSearch>;
  /** Return a run with all activations that it caused. */
  session(id: string): Promise<ISession>;
  /** Return the graph of a deployed composition. */
  graph(name: string): Promise<IGraphAnswer>;
  /** Return the content of a deployed function's page. */
  page(name: string): Promise<IFunctionPage>;
  /** Return snippets that call the function from other languages and tools. */
  usage(name: string): Promise<IUsage>;
  /**
   * Return the OpenAPI document of the web actions in a package. `default` selects the actions
   * outside packages, and null selects all web actions.
   */
  openapi(inPackage: string | null): Promise<IOpenApi>;
  keptInput(id: string): Promise<IKeptInputAnswer>;
  /** Invoke the function again with the stored input of a run, and return the new activation. */
  replay(id: string): Promise<IActivation>;
  /** End a running activation. Rejects on hosts that cannot end one. */
  cancelRun(id: string): Promise<void>;
  /**
   * End the run of a call that began at `since` (ms since 1970) and that nobody waits for any more.
   * The message says what became of the run.
   */
  cancelCall(name: string, since: number): Promise<{ message: string }>;
  /** Return the URL of the activation's HTML page. */
  activationUrl(id: string): string;
  forecast(packageId: string): Promise<IForecast>;
  preflight(packageId: string, times: IMeasuredTimes): Promise<IPreflight>;
  /** Return the costs of functions in a period, by default the last seven days. */
  costs(question: ICostsQuery): Promise<ICostsReport>;
  history(name: string): Promise<IHistory>;
  /** Return the comparisons of a function with new versions beside it. */
  rollouts(name: string): Promise<IRollout[]>;
  /** Give all calls to the new version, or remove it. */
  endRollout(name: string, end: RolloutEnd): Promise<{ warning: string }>;
  diff(name: string, ends: IDiffEnds): Promise<IDiff>;
  putBundle(sha256: string, bytes: Uint8Array, abort: AbortSignal): Promise<void>;
  putPackage(record: PackageRecord, abort: AbortSignal): Promise<void>;
}

export const IFaasManager = new Token<IFaasManager>(
  'jupyter_faas:IFaasManager',
  'The functions and activations on the target, from the server extension.'
);

/** The error of a cell: what happened, and what to do, which may be empty. */
export interface IRunFailure {
  message: string;
  hint: string;
}

/** A `%%function` or `%%composition` cell with its current text. */
export interface IFunctionCell {
  /** The function's name on the target: `name` or `package/name`. */
  name: string;
  /** The name of the function in the notebook, if OpenWhisk does not allow it. */
  variable?: string;
  cellId: string;
  text: string;
  /** The value of `--memory` in the magic line; null if the option is missing. */
  memoryMb: number | null;
  /** Whether the cell is a `%%composition` cell. */
  composition: boolean;
  /** The error of the cell's last run, if that run executed this text. */
  failure?: IRunFailure;
}

/**
 * The state of the connection to a kernel. `idle` means that no connection was requested. `absent`
 * means that the kernel has not loaded jupyter_faas. `none` means that there is no kernel or that
 * it does not run Python.
 */
export type LinkState = 'idle' | 'none' | 'connecting' | 'connected' | 'absent';

/**
 * A package that the kernel sends to the front end because the server does not share the kernel's
 * disk.
 */
export interface IKernelBundle {
  record: PackageRecord;
  sha256: string;
  bytes: Uint8Array;
}

/** The Python environment of a kernel. */
export interface IKernelPython {
  executable: string;
  hasPip: boolean;
  hasPackage: boolean;
}

/** The connection to one kernel, which is a Jupyter comm. */
export interface IKernelLink {
  readonly state: LinkState;
  /** The environment of a kernel whose state is `absent`; null until the kernel has answered. */
  readonly python: IKernelPython | null;
  readonly functions: readonly IKernelFunction[];
  readonly changed: ISignal<IKernelLink, void>;
  /** Emitted with the activation id when the kernel invokes an action. */
  readonly activated: ISignal<IKernelLink, string>;
  /** Emitted when a magic has chosen a target, which the notebook is to record. */
  readonly targetChosen: ISignal<IKernelLink, string | null>;
  /** Emitted when a forecast arrives, whether or not it was requested. */
  readonly forecastMeasured: ISignal<IKernelLink, { package: string; forecast: IForecast }>;
  /**
   * Resolve with the first packaged function for which `fits` returns true. Rejects after a
   * timeout, or when `abort` is signalled.
   */
  waitFor(fits: (one: IKernelFunction) => boolean, abort: AbortSignal): Promise<IKernelFunction>;
  bundle(packageId: string, abort: AbortSignal): Promise<IKernelBundle>;
  /** Connect to the kernel again if it is not connected. */
  retry(): void;
  askForecast(packageId: string): void;
}

/** The function cells of one open notebook, its kernel and its deploys. */
export interface INotebookFunctions {
  readonly panel: NotebookPanel;
  readonly link: IKernelLink;
  /** The target that the notebook records; null if it follows the default. */
  readonly target: string | null;
  /** Record a target in the notebook and save it. Null lets the notebook follow the default. */
  setTarget(name: string | null): void;
  /** Return the function on the notebook's target, or null. */
  deployedFunction(name: string): IDeployedFunction | null;
  readonly cells: readonly IFunctionCell[];
  /** Emitted when cells, kernel functions or deploy jobs change. */
  readonly changed: ISignal<INotebookFunctions, void>;
  /** Return the cell with a name, or null. If two cells share the name, return the one that ran. */
  cellNamed(name: string): IFunctionCell | null;
  functionCell(cellId: string): IFunctionCell | null;
  kernelFunction(live: IFunctionCell): IKernelFunction | null;
  status(live: IFunctionCell): IFunctionStatus;
  job(name: string): IDeployJob | null;
}

/** All open notebooks, and the methods that deploy from them. */
export interface IFunctionNotebooks {
  readonly current: INotebookFunctions | null;
  readonly all: readonly INotebookFunctions[];
  /** Emitted when another notebook becomes current, or when the current notebook changes. */
  readonly currentChanged: ISignal<IFunctionNotebooks, void>;
  of(panel: NotebookPanel): INotebookFunctions | null;
  /**
   * Deploy a function, after running its cell if needed. Resolves with whether the function is
   * deployed. Never rejects, because the job holds the error.
   */
  deploy(notebook: INotebookFunctions, name: string): Promise<boolean>;
  cancel(notebook: INotebookFunctions, name: string): void;
  /** Upload a package from the kernel to a server that does not share the kernel's disk. */
  uploadPackage(notebook: INotebookFunctions, packageId: string): Promise<void>;
  /** Dismiss a failed deploy. */
  dismiss(notebook: INotebookFunctions, name: string): void;
  show(notebook: INotebookFunctions, name: string): Promise<void>;
  /** Insert the example cell into the current notebook, or into a new one if none is open. */
  insertExample(): Promise<void>;
  /**
   * Insert a cell below the active one of the notebook that has the function's cell, or else of the
   * current notebook, and run it if `run` is true. Resolves with false if no notebook is open.
   */
  insertCell(name: string, source: string, run: boolean): Promise<boolean>;
  /**
   * Run the function's cell if the kernel has not run its present text. Resolves with false if the
   * cell fails, and shows it. Rejects if jupyter_faas cannot be loaded into the kernel.
   */
  runIfOutdated(name: string): Promise<boolean>;
  /**
   * Run the notebook's `%load_ext jupyter_faas` cell. If there is none, insert one above the
   * notebook's functions and run it.
   */
  loadKernelHalf(): Promise<void>;
}

export const IFunctionNotebooks = new Token<IFunctionNotebooks>(
  'jupyter_faas:IFunctionNotebooks',
  'Tracks and deploys the %%function and %%composition cells of open notebooks.'
);

/** The left panel of jupyter_faas. */
export interface IFaasSidebar {
  /** Show the panel with this activation expanded. */
  showActivation(id: string): void;
  /** Show the panel and focus its first row. */
  focusContent(): Promise<void>;
}

export const IFaasSidebar = new Token<IFaasSidebar>(
  'jupyter_faas:IFaasSidebar',
  'The sidebar with the functions and activations.'
);

/**
 * The interfaces and tokens through which the parts of the front end use each other. Everything may
 * import this module; it imports only wire types.
 */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { IForecast, IPreflight } from './api/card';
import type { IGraphAnswer } from './api/composition';
import type { ICostsQuery, ICostsReport } from './api/costs';
import type { IDiff, IDiffEnds, IHistory } from './api/history';
import type { IOpenApi } from './api/openapi';
import type { IFunctionPage, IUsage } from './api/page';
import type { IKeptInputAnswer, ISession } from './api/session';
import type { IFired, INewTrigger } from './api/triggers';
import type {
  IActivation,
  IActivationSummary,
  IDeployedFunction,
  IDeployment,
  IKernelFunction,
  IStatus,
  ITarget,
  PackageRecord
} from './api/types';
import type { JsonObject } from './api/values';
import type { IDeployJob, IFunctionStatus } from './state/functionstate';

/** The state of the connection to the server and the target. Messages are the server's own text. */
export type Condition =
  | { kind: 'loading' | 'ready' | 'stopped' | 'no-server-half' }
  | {
      kind: 'server-down' | 'unreachable' | 'unauthorized' | 'failed';
      message: string;
      hint: string;
    };

/** A rule that runs a function when its trigger fires. */
export interface IFunctionRule {
  trigger: string;
  rule: string;
  /** `every 5 minutes`; empty if only requests fire the trigger. */
  when: string;
  active: boolean;
}

/** Triggers and rules, which run functions on a schedule or an event. */
export interface ITriggers {
  /** The rules that run this function. */
  of(name: string): readonly IFunctionRule[];
  create(trigger: INewTrigger): Promise<void>;
  /** Remove a trigger and its rules. */
  remove(trigger: string): Promise<void>;
  fire(trigger: string): Promise<IFired>;
  setActive(rule: string, active: boolean): Promise<void>;
}

/** The monthly budget of the target. Cost reports contain its value. */
export interface IBudgetSetting {
  readonly changed: ISignal<IBudgetSetting, void>;
  /** Set the budget in USD, as typed by the user; null removes it. */
  set(usdPerMonth: string | null): Promise<void>;
}

/**
 * The state of the target: polls the server extension, keeps its last answers and runs the user's
 * requests.
 */
export interface IFaasManager {
  readonly condition: Condition;
  readonly status: IStatus | null;
  readonly target: ITarget | null;
  /** The last known list; it stays while the target is unreachable. */
  readonly functions: readonly IDeployedFunction[];
  readonly functionsAsOf: number | null;
  /** Null until the first answer. */
  readonly activations: readonly IActivationSummary[] | null;
  /** Emitted when one of the properties above changed. */
  readonly changed: ISignal<IFaasManager, void>;
  /** Emitted with activations that are new in the list; not emitted for the first list. */
  readonly activationsAdded: ISignal<IFaasManager, readonly IActivationSummary[]>;

  /** Whether {@link functions} is the target's current list. */
  readonly isUpToDate: boolean;
  functionNamed(name: string): IDeployedFunction | null;

  /** Poll until every returned disposable is disposed. */
  watch(): IDisposable;
  /** Refresh unless something already did. */
  refreshOnce(): void;
  refresh(): Promise<void>;
  refreshFunctions(): Promise<void>;
  refreshActivations(): Promise<void>;

  useTarget(name: string): Promise<void>;
  startPlayground(): Promise<void>;
  stopPlayground(): Promise<void>;
  invoke(name: string, params: JsonObject): Promise<IActivation>;
  remove(name: string): Promise<void>;
  /**
   * Rejects with `changed_elsewhere` if someone else changed the function, unless `force` is true.
   */
  deploy(packageId: string, force: boolean, abort: AbortSignal): Promise<IDeployment>;
  rollback(name: string, to: string, force: boolean): Promise<IDeployment>;
  readonly triggers: ITriggers;
  readonly budget: IBudgetSetting;
  /** Requests whose results are not kept. */
  readonly api: IFaasRequests;
}

/** Requests whose results are not kept by the manager. */
export interface IFaasRequests {
  activation(id: string): Promise<IActivation>;
  /** A run with everything it caused. */
  session(id: string): Promise<ISession>;
  /** The graph of a deployed composition. */
  graph(name: string): Promise<IGraphAnswer>;
  /** The content of the page of a deployed function. */
  page(name: string): Promise<IFunctionPage>;
  /** Snippets that call the function from other languages and tools. */
  usage(name: string): Promise<IUsage>;
  /**
   * The OpenAPI document of the web actions in a package (`default`: those outside packages), or of
   * all for null.
   */
  openapi(inPackage: string | null): Promise<IOpenApi>;
  keptInput(id: string): Promise<IKeptInputAnswer>;
  /** Invoke the function again with the stored input of a run. */
  replay(id: string): Promise<IActivation>;
  /** The URL of the activation's HTML page. */
  activationUrl(id: string): string;
  forecast(packageId: string): Promise<IForecast>;
  preflight(packageId: string): Promise<IPreflight>;
  /** The costs of functions in a period; by default the last seven days. */
  costs(question: ICostsQuery): Promise<ICostsReport>;
  history(name: string): Promise<IHistory>;
  diff(name: string, ends: IDiffEnds): Promise<IDiff>;
  putBundle(sha256: string, bytes: Uint8Array, abort: AbortSignal): Promise<void>;
  putPackage(record: PackageRecord, abort: AbortSignal): Promise<void>;
}

export const IFaasManager = new Token<IFaasManager>(
  'jupyter_faas:IFaasManager',
  'The functions and activations on the target, as the server half tells them.'
);

/** A `%%function` or `%%composition` cell with its current text. */
export interface IFunctionCell {
  /** The name on the target: `name`, or `package/name`. */
  name: string;
  cellId: string;
  text: string;
  /** From `--memory` in the magic line. */
  memoryMb: number | null;
  /** Whether it is a `%%composition` cell. */
  composition: boolean;
}

/**
 * `idle`: not requested; `absent`: the kernel has not loaded the package; `none`: there is no
 * kernel, or it does not run Python.
 */
export type LinkState = 'idle' | 'none' | 'connecting' | 'connected' | 'absent';

/** A package that the kernel sends because the server does not share its disk. */
export interface IKernelBundle {
  record: PackageRecord;
  sha256: string;
  bytes: Uint8Array;
}

/** The connection (a Jupyter comm) to one kernel. */
export interface IKernelLink {
  readonly state: LinkState;
  readonly functions: readonly IKernelFunction[];
  readonly changed: ISignal<IKernelLink, void>;
  /** Emitted with the activation id when the kernel invoked an action. */
  readonly activated: ISignal<IKernelLink, string>;
  /** Emitted when a forecast arrived, requested or not. */
  readonly forecastMeasured: ISignal<IKernelLink, { package: string; forecast: IForecast }>;
  /** Resolve with the first packaged function that `fits`; reject after a timeout. */
  waitFor(fits: (one: IKernelFunction) => boolean, abort: AbortSignal): Promise<IKernelFunction>;
  bundle(packageId: string, abort: AbortSignal): Promise<IKernelBundle>;
  askForecast(packageId: string): void;
}

/** The function cells of one open notebook, its kernel and its deploys. */
export interface INotebookFunctions {
  readonly panel: NotebookPanel;
  readonly link: IKernelLink;
  readonly cells: readonly IFunctionCell[];
  /** Emitted when cells, kernel functions or deploy jobs changed. */
  readonly changed: ISignal<INotebookFunctions, void>;
  /** The cell of that name; if two cells share it, the one that ran. */
  cellNamed(name: string): IFunctionCell | null;
  functionCell(cellId: string): IFunctionCell | null;
  kernelFunction(live: IFunctionCell): IKernelFunction | null;
  status(live: IFunctionCell): IFunctionStatus;
  job(name: string): IDeployJob | null;
}

/** All open notebooks, and deploying from them. */
export interface IFunctionNotebooks {
  readonly current: INotebookFunctions | null;
  readonly all: readonly INotebookFunctions[];
  /** Emitted when another notebook became current, or the current one changed. */
  readonly currentChanged: ISignal<IFunctionNotebooks, void>;
  of(panel: NotebookPanel): INotebookFunctions | null;
  /**
   * Deploy a function; run its cell first if needed. Resolves to whether it is deployed and never
   * rejects: the job has the error.
   */
  deploy(notebook: INotebookFunctions, name: string): Promise<boolean>;
  cancel(notebook: INotebookFunctions, name: string): void;
  /** Upload the kernel's package to a server that does not share its disk. */
  uploadPackage(notebook: INotebookFunctions, packageId: string): Promise<void>;
  /** Dismiss a failed deploy. */
  dismiss(notebook: INotebookFunctions, name: string): void;
  show(notebook: INotebookFunctions, name: string): Promise<void>;
  insertExample(): Promise<void>;
  /**
   * Run the notebook's `%load_ext jupyter_faas` cell; insert one above its functions if there is
   * none.
   */
  loadKernelHalf(): Promise<void>;
}

export const IFunctionNotebooks = new Token<IFunctionNotebooks>(
  'jupyter_faas:IFunctionNotebooks',
  'The %%function and %%composition cells of the open notebooks, and deploying them.'
);

/** The left panel. */
export interface IFaasSidebar {
  /** Show the panel with this activation expanded. */
  showActivation(id: string): void;
  /** Show the panel and focus its first row. */
  focusContent(): Promise<void>;
}

export const IFaasSidebar = new Token<IFaasSidebar>(
  'jupyter_faas:IFaasSidebar',
  'The panel with the functions and activations.'
);

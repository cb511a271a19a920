/** What the parts of the front end may ask of one another. Everyone depends on these; they on nobody. */

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
import type { IDeployJob, IStanding } from './state/functionstate';

/** Where we stand with the server and the target. Messages are the server's own words. */
export type Condition =
  | { kind: 'loading' | 'ready' | 'stopped' | 'no-server-half' }
  | {
      kind: 'server-down' | 'unreachable' | 'unauthorized' | 'failed';
      message: string;
      hint: string;
    };

/** A rule that runs a function when its trigger fires. */
export interface IRunBy {
  trigger: string;
  rule: string;
  /** `every 5 minutes`; empty where only requests fire the trigger. */
  when: string;
  active: boolean;
}

/** What runs functions on a schedule or an event. */
export interface ITriggers {
  /** What runs this function. */
  of(name: string): readonly IRunBy[];
  create(trigger: INewTrigger): Promise<void>;
  /** With its rules. */
  remove(trigger: string): Promise<void>;
  fire(trigger: string): Promise<IFired>;
  setActive(rule: string, active: boolean): Promise<void>;
}

/** What may be spent on the target in a month; reports of costs tell it. */
export interface IBudgetSetting {
  readonly changed: ISignal<IBudgetSetting, void>;
  /** USD as a person writes it; null takes it away. */
  set(usdPerMonth: string | null): Promise<void>;
}

/** Polls the server half, keeps what it said last, and carries out what the user asks of it. */
export interface IFaasManager {
  readonly condition: Condition;
  readonly status: IStatus | null;
  readonly target: ITarget | null;
  /** Last known; still there while the target is out of reach. */
  readonly functions: readonly IDeployedFunction[];
  readonly functionsAsOf: number | null;
  /** Null until the first answer. */
  readonly activations: readonly IActivationSummary[] | null;
  /** Something above changed. */
  readonly changed: ISignal<IFaasManager, void>;
  /** Activations that were not in the list before; not emitted for the first list. */
  readonly activationsAdded: ISignal<IFaasManager, readonly IActivationSummary[]>;

  /** Whether {@link functions} tells what the target holds now. */
  readonly known: boolean;
  functionNamed(name: string): IDeployedFunction | null;

  /** Polls while at least one watch is held. */
  watch(): IDisposable;
  /** Asks once, when nobody has asked yet. */
  ensure(): void;
  refresh(): Promise<void>;
  refreshFunctions(): Promise<void>;
  refreshActivations(): Promise<void>;

  useTarget(name: string): Promise<void>;
  startPlayground(): Promise<void>;
  stopPlayground(): Promise<void>;
  invoke(name: string, params: JsonObject): Promise<IActivation>;
  remove(name: string): Promise<void>;
  /** Refused with `changed_elsewhere` over somebody else's change, unless `force` is true. */
  deploy(packageId: string, force: boolean, abort: AbortSignal): Promise<IDeployment>;
  rollback(name: string, to: string, force: boolean): Promise<IDeployment>;
  readonly triggers: ITriggers;
  readonly budget: IBudgetSetting;
  /** What needs no keeping. */
  readonly api: IFaasRequests;
}

/** Requests whose answers go straight to whoever asked. */
export interface IFaasRequests {
  activation(id: string): Promise<IActivation>;
  /** A run with everything that it caused. */
  session(id: string): Promise<ISession>;
  /** What the deployed function of that name is drawn as. */
  graph(name: string): Promise<IGraphAnswer>;
  /** What is known of the deployed function of that name. */
  page(name: string): Promise<IFunctionPage>;
  /** How it is used from elsewhere. */
  usage(name: string): Promise<IUsage>;
  /** The OpenAPI document of the web actions in a package (`default`: in none), else of all. */
  openapi(inPackage: string | null): Promise<IOpenApi>;
  keptInput(id: string): Promise<IKeptInputAnswer>;
  /** Sends the kept input of a run once more. */
  replay(id: string): Promise<IActivation>;
  /** The page of an activation that a person can open. */
  activationUrl(id: string): string;
  forecast(packageId: string): Promise<IForecast>;
  preflight(packageId: string): Promise<IPreflight>;
  /** What functions cost in a period; the last seven days where it does not say. */
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

/** A `%%function` or `%%composition` cell as it stands on the screen. */
export interface ILiveFunction {
  /** As on the target: `name`, or `package/name`. */
  name: string;
  cellId: string;
  text: string;
  /** From the magic line, when it says one. */
  memoryMb: number | null;
  /** Of a `%%composition` cell. */
  composition: boolean;
}

/**
 * `idle`: not asked for; `absent`: the kernel does not know the package;
 * `none`: there is no kernel, or it does not speak Python.
 */
export type LinkState = 'idle' | 'none' | 'connecting' | 'connected' | 'absent';

/** What a kernel packaged, on its way to a server that does not share its disk. */
export interface ICarriedBundle {
  record: PackageRecord;
  sha256: string;
  bytes: Uint8Array;
}

/** The comm to one kernel. */
export interface IKernelLink {
  readonly state: LinkState;
  readonly functions: readonly IKernelFunction[];
  readonly changed: ISignal<IKernelLink, void>;
  /** The kernel invoked an action: its id. */
  readonly activated: ISignal<IKernelLink, string>;
  /** A forecast came, asked for or not. */
  readonly forecastMeasured: ISignal<IKernelLink, { package: string; forecast: IForecast }>;
  /** The functions once they hold one that fits; rejects after a while without. */
  waitFor(fits: (one: IKernelFunction) => boolean, abort: AbortSignal): Promise<IKernelFunction>;
  bundle(packageId: string, abort: AbortSignal): Promise<ICarriedBundle>;
  askForecast(packageId: string): void;
}

/** The functions of one open notebook. */
export interface INotebookFunctions {
  readonly panel: NotebookPanel;
  readonly link: IKernelLink;
  readonly live: readonly ILiveFunction[];
  /** Cells, kernel or jobs changed. */
  readonly changed: ISignal<INotebookFunctions, void>;
  /** The one of that name; where two cells share it, the one that ran. */
  liveNamed(name: string): ILiveFunction | null;
  liveOf(cellId: string): ILiveFunction | null;
  kernelFunction(live: ILiveFunction): IKernelFunction | null;
  standing(live: ILiveFunction): IStanding;
  job(name: string): IDeployJob | null;
}

/** All open notebooks, and the way from a cell to the target. */
export interface IFunctionNotebooks {
  readonly current: INotebookFunctions | null;
  readonly all: readonly INotebookFunctions[];
  /** The current notebook, or something in it, changed. */
  readonly currentChanged: ISignal<IFunctionNotebooks, void>;
  of(panel: NotebookPanel): INotebookFunctions | null;
  /** Runs the cell first where it must; true when it is deployed. Never rejects: the job tells. */
  deploy(notebook: INotebookFunctions, name: string): Promise<boolean>;
  cancel(notebook: INotebookFunctions, name: string): void;
  /** Hands what the kernel packaged to a server that does not share its disk. */
  carry(notebook: INotebookFunctions, packageId: string): Promise<void>;
  /** Forgets a deploy that failed. */
  dismiss(notebook: INotebookFunctions, name: string): void;
  show(notebook: INotebookFunctions, name: string): Promise<void>;
  insertExample(): Promise<void>;
  /** Runs the current notebook's `%load_ext jupyter_faas`; puts one above its functions first if it has none. */
  loadKernelHalf(): Promise<void>;
}

export const IFunctionNotebooks = new Token<IFunctionNotebooks>(
  'jupyter_faas:IFunctionNotebooks',
  'The %%function and %%composition cells of the open notebooks, and deploying them.'
);

/** The left panel, for those who want something shown there. */
export interface IFaasSidebar {
  /** Brings the panel to the front and opens an activation in it. */
  showActivation(id: string): void;
  /** Shows it, and gives its first list the keyboard. */
  takeKeyboard(): Promise<void>;
}

export const IFaasSidebar = new Token<IFaasSidebar>(
  'jupyter_faas:IFaasSidebar',
  'The panel with the functions and activations.'
);

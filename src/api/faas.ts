import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';

import type { IForecast, IMeasuredTimes, IPreflight } from './card';
import type { IGraphAnswer } from './composition';
import type { ICostsQuery, ICostsReport } from './costs';
import type { IDiff, IDiffEnds, IHistory } from './history';
import type { IOpenApi } from './openapi';
import type { IFunctionPage, IUsage } from './page';
import { requestAPI, ROOT } from './request';
import type { IRollout, RolloutEnd } from './rollouts';
import type { IKeptInputAnswer, ISession } from './session';
import type { IProfileList, ITargetCheck, NewTarget } from './targets';
import type { IFired, INewTrigger, IRule, ITrigger, ITriggerList } from './triggers';
import type {
  IActivation,
  IActivationFilter,
  IActivationList,
  IActivationSearch,
  IDeployment,
  IRemoval,
  IEndedRun,
  IFunctionList,
  IStatus,
  PackageRecord
} from './types';
import type { JsonObject } from './values';

/** The number of activations to list. Some hosts refuse more than 50. */
export const ACTIVATIONS_LISTED = 50;

/**
 * A client of the server extension's REST API, with one method per route.
 *
 * `target` is the target that the requests are about. It is null for the default target, which
 * notebooks follow that do not record one.
 */
export class FaasApi {
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    public target: string | null = null
  ) {}

  /** Return a client whose requests are always about one target. */
  at(target: string | null): FaasApi {
    return new FaasApi(this._settings, target);
  }

  status(): Promise<IStatus> {
    return this._get('status');
  }

  /** Set the default target. The status in the response is that of the default target. */
  setDefaultTarget(name: string): Promise<IStatus> {
    return this._send('PUT', 'target', { name });
  }

  /** Return the kinds of hosts that a new target can have. */
  profiles(): Promise<IProfileList> {
    return this._get('targets/profiles');
  }

  /**
   * Add a target, and return what it answered. A target that does not answer is added only with
   * `force`. Otherwise this rejects with an error about one of the fields.
   */
  addTarget(target: NewTarget, force: boolean): Promise<ITargetCheck> {
    return this._send('POST', 'targets', { ...target, force });
  }

  startPlayground(): Promise<IStatus> {
    return this._send('POST', 'playground', { action: 'start' });
  }

  /** Stop the playground, and return the runs that this ended. */
  async stopPlayground(): Promise<readonly IEndedRun[]> {
    const status = await this._send<IStatus & { ended: IEndedRun[] }>('POST', 'playground', {
      action: 'stop'
    });
    return status.ended;
  }

  functions(): Promise<IFunctionList> {
    return this._get('functions');
  }

  /** Remove a function. Resolves with undefined if nothing else was removed or is left. */
  remove(name: string): Promise<IRemoval | undefined> {
    return this._send('DELETE', `functions/${encodePath(name)}`);
  }

  invoke(name: string, params: JsonObject): Promise<IActivation> {
    return this._send('POST', `functions/${encodePath(name)}/invocations`, { params });
  }

  /**
   * Return the triggers without the times they last fired, which would cost one request per
   * trigger.
   */
  triggers(): Promise<ITriggerList> {
    return this._get('triggers?fired=false');
  }

  createTrigger(trigger: INewTrigger): Promise<ITrigger> {
    return this._send('POST', 'triggers', { ...trigger });
  }

  removeTrigger(trigger: string): Promise<void> {
    return this._send('DELETE', `triggers/${encodeURIComponent(trigger)}`);
  }

  fire(trigger: string): Promise<IFired> {
    return this._send('POST', `triggers/${encodeURIComponent(trigger)}/firings`, {});
  }

  setRule(rule: string, active: boolean): Promise<IRule> {
    return this._send('POST', `rules/${encodeURIComponent(rule)}`, { active });
  }

  activations(): Promise<IActivationList> {
    return this._get(`activations?limit=${ACTIVATIONS_LISTED}`);
  }

  /**
   * Return only the activations that no other activation caused, without fired triggers, of which a
   * schedule may cause very many.
   */
  topActivations(): Promise<IActivationList> {
    return this._get(`activations?limit=${ACTIVATIONS_LISTED}&top=true&triggers=false`);
  }

  /** Search all records of the target for activations that no other activation caused. */
  searchActivations(filter: IActivationFilter): Promise<IActivationSearch> {
    const { status = 'any', ...others } = filter;
    const query = new URLSearchParams({ limit: String(ACTIVATIONS_LISTED) });
    for (const [key, value] of Object.entries({ status, ...others })) {
      query.set(key, String(value));
    }
    return this._get(`activations?${query.toString()}`);
  }

  activation(id: string): Promise<IActivation> {
    return this._get(`activations/${encodeURIComponent(id)}`);
  }

  session(id: string): Promise<ISession> {
    return this._get(`sessions/${encodeURIComponent(id)}`);
  }

  /** Return the graph of a deployed composition. */
  graph(name: string): Promise<IGraphAnswer> {
    return this._get(`functions/${encodePath(name)}/graph`);
  }

  /** Return the content of a deployed function's page. */
  page(name: string): Promise<IFunctionPage> {
    return this._get(`functions/${encodePath(name)}/page`);
  }

  /** Return snippets that call the function from other languages and tools. */
  usage(name: string): Promise<IUsage> {
    return this._get(`functions/${encodePath(name)}/usage`);
  }

  /**
   * Return the OpenAPI document of the web actions in a package. `default` selects the actions
   * outside packages, and null selects all web actions.
   */
  openapi(inPackage: string | null): Promise<IOpenApi> {
    const query = inPackage === null ? '' : `?package=${encodeURIComponent(inPackage)}`;
    return this._get(`openapi${query}`);
  }

  keptInput(id: string): Promise<IKeptInputAnswer> {
    return this._get(`activations/${encodeURIComponent(id)}/input`);
  }

  replay(id: string): Promise<IActivation> {
    return this._send('POST', `activations/${encodeURIComponent(id)}/replays`);
  }

  cancelRun(id: string): Promise<void> {
    return this._send('DELETE', `sessions/${encodeURIComponent(id)}`);
  }

  cancelCall(name: string, since: number): Promise<{ message: string }> {
    const query = `name=${encodeURIComponent(name)}&since=${since}`;
    return this._send('DELETE', `sessions?${query}`);
  }

  /** Return the URL of the activation's HTML page. */
  activationUrl(id: string): string {
    const path = this._withTarget(encodeURIComponent(id));
    return URLExt.join(this._settings.baseUrl, ROOT, 'activations', path);
  }

  forecast(packageId: string): Promise<IForecast> {
    return this._get(`packages/${encodeURIComponent(packageId)}/forecast`);
  }

  /**
   * Return the preflight check. With the times in ms that were measured for a card, the response
   * has the cold start on the target.
   */
  preflight(packageId: string, times: IMeasuredTimes): Promise<IPreflight> {
    const query = new URLSearchParams(
      Object.entries(times)
        .filter(([, ms]) => ms !== null)
        .map(([key, ms]) => [key, String(ms)])
    ).toString();
    return this._get(`packages/${encodeURIComponent(packageId)}/preflight${query && `?${query}`}`);
  }

  deploy(packageId: string, force: boolean, signal: AbortSignal): Promise<IDeployment> {
    return this._send('POST', 'deployments', { package: packageId, force }, signal);
  }

  costs(question: ICostsQuery): Promise<ICostsReport> {
    const asked = Object.entries(question).map(([key, value]) => [key, String(value)]);
    const query = new URLSearchParams(asked).toString();
    return this._get(`cost${query && `?${query}`}`);
  }

  /** Set the monthly budget in USD, as the user typed it; null removes the budget. */
  setBudget(usdPerMonth: string | null): Promise<void> {
    return this._send('PUT', 'budget', { usd_per_month: usdPerMonth });
  }

  history(name: string): Promise<IHistory> {
    return this._get(`history/${encodePath(name)}`);
  }

  /** Return the comparisons of a function with new versions beside it. */
  async rollouts(name: string): Promise<IRollout[]> {
    const path = `rollouts/${encodePath(name)}`;
    return (await this._get<{ rollouts: IRollout[] }>(path)).rollouts;
  }

  /** Give all calls to the new version, or remove it. */
  endRollout(name: string, end: RolloutEnd): Promise<{ warning: string }> {
    return this._send('POST', `rollouts/${encodePath(name)}`, { end });
  }

  diff(name: string, ends: IDiffEnds): Promise<IDiff> {
    const query = new URLSearchParams(Object.entries(ends)).toString();
    return this._get(`differences/${encodePath(name)}${query && `?${query}`}`);
  }

  rollback(name: string, to: string, force: boolean): Promise<IDeployment> {
    return this._send('POST', 'rollbacks', { name, to, force });
  }

  putBundle(sha256: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const init = {
      method: 'PUT',
      body: new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/zip' }),
      signal
    };
    return requestAPI(`bundles/${sha256}`, init, this._settings);
  }

  putPackage(record: PackageRecord, signal: AbortSignal): Promise<void> {
    return this._send('PUT', `packages/${encodeURIComponent(record.id)}`, record, signal);
  }

  private _get<T>(path: string): Promise<T> {
    return requestAPI<T>(this._withTarget(path), { method: 'GET' }, this._settings);
  }

  private _send<T>(
    method: string,
    path: string,
    body?: JsonObject,
    signal?: AbortSignal
  ): Promise<T> {
    const init: RequestInit = { method, signal };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    return requestAPI<T>(this._withTarget(path), init, this._settings);
  }

  private _withTarget(path: string): string {
    if (this.target === null) {
      return path;
    }
    return `${path}${path.includes('?') ? '&' : '?'}target=${encodeURIComponent(this.target)}`;
  }
}

/**
 * Encode `name` or `package/name` as a URL path. The slash is not encoded, because some proxies
 * refuse encoded slashes.
 */
function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

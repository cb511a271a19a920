import { ServerConnection } from '@jupyterlab/services';

import { FaasApi } from '../api/faas';
import type { JsonObject } from '../api/values';

/** A request as the server extension receives it. */
export interface IRequest {
  method: string;
  /** The path below `faas/api/`. */
  path: string;
  query: URLSearchParams;
  body: string;
}

/** A response with status and JSON body, or `'down'` if the server does not respond. */
export type Answer = [status: number, body: unknown] | 'down';

/** A fake network in which `answer` plays the server extension. */
export class FakeServer {
  constructor(public answer: (request: IRequest) => Answer) {
    this.settings = ServerConnection.makeSettings({
      baseUrl: 'http://jupyter/base/',
      token: '',
      Request: FakeRequest as unknown as typeof Request,
      fetch: (input: unknown) => this._fetch(input as FakeRequest)
    });
    this.api = new FaasApi(this.settings);
  }

  readonly settings: ServerConnection.ISettings;
  readonly api: FaasApi;
  readonly requests: IRequest[] = [];

  /** The requests in order, such as `GET status` and `POST deployments`. */
  get log(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  private async _fetch({ url, init }: FakeRequest): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const body = init.body instanceof Blob ? `<${init.body.size} bytes>` : (init.body ?? '');
    const request = {
      method: init.method ?? 'GET',
      path: pathname.replace('/base/faas/api/', ''),
      query: searchParams,
      body: body as string
    };
    this.requests.push(request);
    await Promise.resolve();
    const answer = this.answer(request);
    if (answer === 'down') {
      throw new TypeError('Failed to fetch');
    }
    const [status, json] = answer;
    return {
      ok: status < 400,
      status,
      statusText: 'Words',
      text: () => Promise.resolve(typeof json === 'string' ? json : JSON.stringify(json))
    } as Response;
  }
}

/** A fake Request, because jsdom has neither fetch nor Request. */
class FakeRequest {
  constructor(
    readonly url: string,
    readonly init: RequestInit
  ) {}

  readonly headers = new Map<string, string>();
}

export function refusal(code: string, message = code): JsonObject {
  return { error: { code, message, hint: '' } };
}

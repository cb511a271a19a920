import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { FaasError, type IErrorBody } from './errors';
import { parseExactJson } from './numbers';

/** The path of the server extension below the Jupyter server's base URL. */
export const ROOT = 'faas';

/** Error codes of failures that the server extension did not report. */
export const NO_SERVER_HALF = 'no_server_half';
export const SERVER_DOWN = 'server_down';

/**
 * Send a request to the server extension. Resolves with the JSON of the response, or undefined if
 * the response is empty.
 *
 * A failed request rejects with a FaasError, which has the server's message if there is one. Its
 * code is `no_server_half` if the Jupyter server does not have the extension's routes, and
 * `server_down` if the Jupyter server does not respond. An aborted request rejects with the
 * browser's AbortError.
 */
export async function requestAPI<T>(
  path: string,
  init: RequestInit,
  settings: ServerConnection.ISettings
): Promise<T> {
  const url = URLExt.join(settings.baseUrl, ROOT, 'api', path);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch (error) {
    init.signal?.throwIfAborted();
    const reason = error instanceof Error && error.message ? ` (${error.message})` : '';
    throw new FaasError(0, {
      code: SERVER_DOWN,
      message: 'The Jupyter server is not responding.',
      hint: `Check that it is running, then try again.${reason}`
    });
  }
  const text = await response.text();
  const body = parse(text);
  if (response.ok) {
    return body as T;
  }
  const error = (body as { error?: IErrorBody } | undefined)?.error;
  // A 404 without the extension's error body comes from a server that does not have the route.
  if (error?.code === undefined && response.status === 404) {
    throw new FaasError(404, {
      code: NO_SERVER_HALF,
      message: 'The Jupyter server has not loaded jupyter_faas.',
      hint: 'In the server’s environment, run: jupyter server extension enable jupyter_faas. Then restart JupyterLab.'
    });
  }
  throw new FaasError(
    response.status,
    error ?? {
      code: 'no_words',
      message:
        `The Jupyter server responded with status ${response.status} ${response.statusText}.`.replace(
          ' .',
          '.'
        ),
      hint: 'See the server’s log for the reason.'
    }
  );
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : parseExactJson(text);
  } catch {
    return undefined;
  }
}

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { FaasError, type IErrorBody } from './errors';
import { readNumbers } from './numbers';

/** Of our server half, under the Jupyter server's base URL. */
export const ROOT = 'faas';

/** Codes of refusals that our server half did not word itself. */
export const NO_SERVER_HALF = 'no_server_half';
export const SERVER_DOWN = 'server_down';

/**
 * Asks the server half. The answer's JSON, undefined for an empty one.
 *
 * Rejects with a FaasError: with the server's own words, with `no_server_half` when the Jupyter
 * server does not know our routes, with `server_down` when it does not answer. An aborted request
 * rejects with the browser's AbortError.
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
    throw new FaasError(0, {
      code: SERVER_DOWN,
      message: 'The Jupyter server does not answer.',
      hint: error instanceof Error ? error.message : ''
    });
  }
  const text = await response.text();
  const body = parse(text);
  if (response.ok) {
    return body as T;
  }
  const error = (body as { error?: IErrorBody } | undefined)?.error;
  // A 404 that is not in our words comes from a server that has no such route at all.
  if (error?.code === undefined && response.status === 404) {
    throw new FaasError(404, {
      code: NO_SERVER_HALF,
      message: 'The Jupyter server does not load jupyter_faas.',
      hint: 'In its environment: pip install jupyter_faas'
    });
  }
  throw new FaasError(
    response.status,
    error ?? {
      code: 'no_words',
      message: `The Jupyter server answered ${response.status} ${response.statusText}.`.replace(
        ' .',
        '.'
      ),
      hint: 'Its log says why.'
    }
  );
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : readNumbers(text);
  } catch {
    return undefined;
  }
}

import type { IDeployedFunction, ITarget } from '../api/types';
import type { JsonObject } from '../api/values';
import { sampleParams } from './sampleparams';

/** The files with each target's key, as shell expressions. */
const KEY_FILES: { [target: string]: string } = {
  playground: '${JUPYTER_FAAS_DATA_DIR:-$(jupyter --data-dir)/faas}/playground/wskprops',
  wskprops: '${WSK_CONFIG_FILE:-$HOME/.wskprops}'
};

/** The notification after copying a command or snippet that calls a function. */
export const COPIED_WITHOUT_KEY = 'Copied; there is no key in it';

/**
 * Return a shell command that invokes the function, like "Use it from". It reads the key from the
 * target's file when it runs: the browser never has the key, and no process list shows it. Without
 * `params` it contains example values. Null for a target whose key file is not known.
 */
export function curlCommand(
  target: ITarget,
  deployed: IDeployedFunction,
  params: JsonObject = sampleParams(deployed.schema)
): string | null {
  const file = KEY_FILES[target.name];
  if (file === undefined) {
    return null;
  }
  return [
    `sed -n 's/^AUTH=\\(.*\\)/user = "\\1"/p' "${file}" |`,
    '  curl --silent --show-error',
    '    --config -',
    ...(target.insecure ? ['    --insecure'] : []),
    "    --header 'Content-Type: application/json'",
    `    --data-raw ${shellQuoted(JSON.stringify(params))}`,
    `    ${shellQuoted(`${deployed.url}?blocking=true&result=true`)}`
  ].join(' \\\n');
}

function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

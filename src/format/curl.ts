import type { IDeployedFunction, ITarget } from '../api/types';
import type { JsonObject } from '../api/values';
import { sampleParams } from './sampleparams';

/** The file with the API key of each target, as a shell expression. */
const KEY_FILES: { [target: string]: string } = {
  playground: '${JUPYTER_FAAS_DATA_DIR:-$(jupyter --data-dir)/faas}/playground/wskprops',
  wskprops: '${WSK_CONFIG_FILE:-$HOME/.wskprops}'
};

/** The notification after the user copied a command or snippet that calls a function. */
export const COPIED_WITHOUT_KEY = 'Copied without the key';

/**
 * Return a shell command that invokes the function, in the style of the section "Use it from". The
 * command reads the API key from the target's key file when it runs, so that the browser and the
 * clipboard never contain it. Without `params`, the command contains example values.
 * Return null for a target whose key file is not known.
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
    'curl --silent --show-error',
    `  --user "$(sed -n 's/^AUTH=//p' "${file}")"`,
    ...(target.insecure ? ['  --insecure'] : []),
    "  --header 'Content-Type: application/json'",
    `  --data-raw ${shellQuoted(JSON.stringify(params))}`,
    `  ${shellQuoted(`${deployed.url}?blocking=true&result=true`)}`
  ].join(' \\\n');
}

function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

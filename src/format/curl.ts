import type { IDeployedFunction, ITarget } from '../api/types';
import type { JsonObject } from '../api/values';
import { sampleParams } from './sampleparams';

/** Return the file with the API key of a target as a shell word, or null if it is not known. */
function keyFile({ name }: ITarget, dataDir: string): string | null {
  switch (name) {
    case 'playground':
      return shellQuoted(`${dataDir}/playground/wskprops`);
    case 'wskprops':
      return '"${WSK_CONFIG_FILE:-$HOME/.wskprops}"';
    default:
      return null;
  }
}

/** The notification after the user copied a command or snippet that calls a function. */
export const COPIED_WITHOUT_KEY = 'Copied. The key is not included.';

/**
 * Return a shell command that invokes the function, in the style of the section "How to call it". The
 * command reads the API key from the target's key file when it runs, so that the browser and the
 * clipboard never contain it. `dataDir` is the data folder of the server. Without `params`, the
 * command contains example values.
 * Return null for a target whose key file is not known.
 */
export function curlCommand(
  target: ITarget,
  dataDir: string,
  deployed: IDeployedFunction,
  params: JsonObject = sampleParams(deployed.schema)
): string | null {
  const file = keyFile(target, dataDir);
  if (file === null) {
    return null;
  }
  return [
    'curl --silent --show-error',
    `  --user "$(sed -n 's/^AUTH=//p' ${file})"`,
    ...(target.insecure ? ['  --insecure'] : []),
    "  --header 'Content-Type: application/json'",
    `  --data-raw ${shellQuoted(JSON.stringify(params))}`,
    `  ${shellQuoted(`${deployed.url}?blocking=true&result=true`)}`
  ].join(' \\\n');
}

function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

import type { IDeployedFunction, ITarget } from '../api/types';
import type { JsonObject } from '../api/values';
import { sampleParams } from './sampleparams';

/** The files that hold a target's key, as a shell finds them. */
const KEY_FILES: { [target: string]: string } = {
  playground: '${JUPYTER_FAAS_DATA_DIR:-$(jupyter --data-dir)/faas}/playground/wskprops',
  wskprops: '${WSK_CONFIG_FILE:-$HOME/.wskprops}'
};

/** What is said when such a command, or any other text that calls a function, was copied. */
export const COPIED_WITHOUT_KEY = 'Copied; there is no key in it';

/**
 * A shell command that invokes the function, in the words of "Use it from". It reads the key from
 * the target's file when it runs: the browser never has it, and no list of processes shows it.
 * Without `params` it has made-up ones. Null for a target whose file is not known here.
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
    `    --data-raw ${quoted(JSON.stringify(params))}`,
    `    ${quoted(`${deployed.url}?blocking=true&result=true`)}`
  ].join(' \\\n');
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

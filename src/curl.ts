import type { IDeployedFunction, ISchema, ITarget, Json, JsonObject } from './api/types';

/** The files that hold a target's key, as a shell finds them. */
const KEY_FILES: { [target: string]: string } = {
  playground: '${JUPYTER_FAAS_DATA_DIR:-$(jupyter --data-dir)/faas}/playground/wskprops',
  wskprops: '${WSK_CONFIG_FILE:-$HOME/.wskprops}'
};

/**
 * A shell command that invokes the function. It reads the key from the target's file when it runs:
 * the browser never has it. Null for a target whose file is not known here.
 */
export function curlCommand(target: ITarget, deployed: IDeployedFunction): string | null {
  const file = KEY_FILES[target.name];
  if (file === undefined) {
    return null;
  }
  return [
    `curl -u "$(sed -n 's/^AUTH=//p' "${file}")" \\`,
    ...(target.insecure ? ['  --insecure \\'] : []),
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(JSON.stringify(sample(deployed.schema)))} \\`,
    `  ${quoted(`${deployed.url}?blocking=true&result=true`)}`
  ].join('\n');
}

/** Parameters of the right types, to be replaced. */
function sample(schema: ISchema | null): JsonObject {
  const params: JsonObject = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    params[name] = sampleOf(property);
  }
  return params;
}

function sampleOf(schema: ISchema): Json {
  if (schema.default !== undefined) {
    return schema.default;
  }
  const [choice] = schema.enum ?? [];
  if (choice !== undefined) {
    return choice;
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return 0;
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default: {
      const [option] = schema.anyOf ?? [];
      return option === undefined ? null : sampleOf(option);
    }
  }
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

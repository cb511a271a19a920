import type { Kernel } from '@jupyterlab/services';

import type { IKernelPython } from '../tokens';

const FIND = (name: string): string =>
  `__import__('importlib.util').util.find_spec('${name}') is not None`;

/**
 * Ask a Python kernel for its environment, without a trace in the notebook. Resolves with null if
 * the kernel does not answer with it.
 */
export async function readKernelPython(
  kernel: Kernel.IKernelConnection
): Promise<IKernelPython | null> {
  try {
    const future = kernel.requestExecute({
      code: '',
      silent: true,
      store_history: false,
      user_expressions: {
        executable: "__import__('sys').executable",
        pip: FIND('pip'),
        package: FIND('jupyter_faas')
      }
    });
    const { content } = await future.done;
    if (content.status !== 'ok') {
      return null;
    }
    const { executable, pip, package: own } = content.user_expressions;
    return {
      executable: unquote(textOf(executable)),
      hasPip: textOf(pip) === 'True',
      hasPackage: textOf(own) === 'True'
    };
  } catch {
    return null; // the kernel ended meanwhile
  }
}

/**
 * Return the command that installs a package into the kernel's environment. `argumentsOfPip` are
 * quoted for a shell. Environments without pip were made by uv.
 */
export function installCommand(python: IKernelPython, argumentsOfPip: string): string {
  const executable = /^[\w@%+=:,./-]+$/.test(python.executable)
    ? python.executable
    : `'${python.executable.replace(/'/g, `'"'"'`)}'`;
  return python.hasPip
    ? `${executable} -m pip install ${argumentsOfPip}`
    : `uv pip install --python ${executable} ${argumentsOfPip}`;
}

function textOf(expression: unknown): string {
  const { data } = expression as { data: Record<string, unknown> };
  return String(data['text/plain']);
}

/** Return the text of a Python string literal. */
function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(['"\\])/g, '$1');
}

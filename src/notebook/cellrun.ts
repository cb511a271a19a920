/**
 * Runs cells and code for a button. What a button causes must not replace a card by an error, because
 * the user did not run the cell.
 */

import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { Kernel } from '@jupyterlab/services';

import { FaasError } from '../api/errors';
import { MIME_TYPE } from '../api/payload';
import type { IRunFailure } from '../tokens';
import { LOAD_EXTENSION } from './cells';

/** The longest part of an error's text that is shown in a message. */
const ERROR_CHARACTERS = 300;

type Outputs = ReturnType<ICodeCellModel['outputs']['toJSON']>;

export interface ICellRun {
  ran: boolean;
  /** The error, such as `NameError: name 'model' is not defined`, or empty. */
  error: string;
  /** Whether the cell shows its earlier card again instead of the error. */
  restored: boolean;
}

/**
 * Run a cell that may show a card. If the run fails, the card is shown again, and the error is
 * returned instead.
 */
export async function runKeepingCard(
  model: ICellModel,
  run: () => Promise<boolean>
): Promise<ICellRun> {
  const { outputs } = model as Partial<ICodeCellModel>;
  const before = outputs?.toJSON() ?? [];
  const ran = await run();
  if (ran) {
    return { ran, error: '', restored: false };
  }
  const error = errorText(outputs?.toJSON() ?? []);
  const restored = error !== '' && before.some(isCard);
  if (restored) {
    outputs?.fromJSON(before);
  }
  return { ran, error, restored };
}

/** Load jupyter_faas into a kernel, without a cell. Rejects if the kernel reports an error. */
export async function loadExtension(kernel: Kernel.IKernelConnection): Promise<void> {
  const { content } = await kernel.requestExecute({
    code: LOAD_EXTENSION,
    store_history: false,
    allow_stdin: false
  }).done;
  if (content.status === 'error') {
    throw new FaasError(0, {
      code: 'extension_not_loaded',
      message: `The kernel cannot load jupyter_faas: ${clip(`${content.ename}: ${content.evalue}`)}`,
      hint: 'Install jupyter_faas into the environment of the kernel, then restart the kernel.'
    });
  }
}

/** Return the error of a cell's last run, or null if it succeeded, was interrupted or did not end. */
export function runFailure(model: ICellModel): IRunFailure | null {
  const { outputs } = model as Partial<ICodeCellModel>;
  // This runs whenever an output arrives, so only an error is converted.
  let index = (outputs?.length ?? 0) - 1;
  while (index >= 0 && outputs?.get(index).type !== 'error') {
    index--;
  }
  const found = index < 0 ? undefined : outputs?.get(index).toJSON();
  if (!found || found.ename === 'KeyboardInterrupt') {
    return null;
  }
  // The text of our own errors is the message on one line, and then the hint.
  const [message = '', ...hint] = (found.evalue as string).split('\n');
  return { message: clip(message || (found.ename as string)), hint: clip(hint.join('\n')) };
}

function errorText(outputs: Outputs): string {
  const found = outputs.find(one => one.output_type === 'error');
  return found ? clip(`${found.ename as string}: ${found.evalue as string}`) : '';
}

function isCard({ data }: Outputs[number]): boolean {
  return typeof data === 'object' && data !== null && MIME_TYPE in data;
}

function clip(text: string): string {
  return text.length > ERROR_CHARACTERS ? `${text.slice(0, ERROR_CHARACTERS)}…` : text;
}

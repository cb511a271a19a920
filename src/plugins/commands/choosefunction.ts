import { InputDialog } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IFunctionNotebooks } from '../../tokens';

/**
 * Return the function that a command applies to: from the arguments, from the active cell, or from
 * a dialog. Null if there is no function or the user cancels.
 */
export async function chooseFunction(
  args: ReadonlyPartialJSONObject,
  names: string[],
  verb: string,
  { current }: IFunctionNotebooks
): Promise<string | null> {
  if (typeof args.name === 'string') {
    return args.name;
  }
  const cellId = current?.panel.content.activeCell?.model.id;
  const active = current && cellId ? current.functionCell(cellId)?.name : undefined;
  if (active !== undefined && names.includes(active)) {
    return active;
  }
  const unique = [...new Set(names)];
  if (unique.length < 2) {
    return unique[0] ?? null;
  }
  const answer = await InputDialog.getItem({ title: `${verb} which function?`, items: unique });
  return answer.button.accept ? answer.value : null;
}

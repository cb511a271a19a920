import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { askToChoose } from '../../dialogs/choose';
import type { IFunctionNotebooks } from '../../tokens';

/**
 * Return the function that a command applies to: from the arguments, from the active cell, or from
 * a dialog. Null if there is no function or the user cancels.
 */
export async function chooseFunction(
  args: ReadonlyPartialJSONObject,
  names: string[],
  question: string,
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
  const chosen = await askToChoose({
    title: question,
    label: 'Function',
    items: unique,
    okLabel: 'Choose'
  });
  return chosen === null ? null : (unique[chosen] ?? null);
}

import type { ICodeCellModel } from '@jupyterlab/cells';

import { MIME_TYPE, readPayload, type ICard } from './api/types';
import type { INotebookFunctions } from './tokens';

/** The card in the output of a function's cell; null before the cell ran, or when it failed. */
export function cardIn(notebook: INotebookFunctions, name: string): ICard | null {
  const live = notebook.liveNamed(name);
  const cell = notebook.panel.content.widgets.find(one => one.model.id === live?.cellId);
  if (cell?.model.type !== 'code') {
    return null;
  }
  const { outputs } = cell.model as ICodeCellModel;
  for (let index = outputs.length - 1; index >= 0; index--) {
    const payload = readPayload(outputs.get(index).data[MIME_TYPE]);
    if (!('unknown' in payload) && payload.type === 'function' && payload.name === name) {
      return payload;
    }
  }
  return null;
}

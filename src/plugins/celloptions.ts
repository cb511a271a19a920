import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';

import { withOption, writtenOption } from '../notebook/cells';
import { showCell } from '../notebook/showcell';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** A display time in which two short sentences can be read. */
const NOTIFICATION_MS = 5000;

/**
 * Write an option, such as `--memory 512`, into the magic line of a function's cell. The cell is
 * then the active one, so that Shift+Enter runs it, and the option is selected in it.
 */
export async function setCellOption(
  notebook: INotebookFunctions,
  name: string,
  option: string
): Promise<void> {
  const index = writeOption(notebook, name, option);
  const { content } = notebook.panel;
  const cell = content.widgets[index];
  if (cell === undefined) {
    return;
  }
  content.deselectAll();
  content.mode = 'command';
  // The card is below the cell's input, which may be out of view.
  await showCell(content, index);
  await cell.ready;
  selectOption(cell, option);
  // The focus was on the button, which is gone or will be. While it is in the cell, the notebook
  // would leave it there.
  if (document.activeElement instanceof HTMLElement) {
    document.activeElement.blur();
  }
  content.activate();
}

function selectOption({ editor, model }: Cell, option: string): void {
  const place = writtenOption(model.sharedModel.getSource(), option);
  const start = place && editor?.getPositionAt(place.start);
  const end = place && editor?.getPositionAt(place.end);
  if (start && end) {
    editor?.revealPosition(start);
    editor?.setSelection({ start, end });
  }
}

/** Write an option into a function's cell. Return the index of the cell, or -1 if it is gone. */
function writeOption(notebook: INotebookFunctions, name: string, option: string): number {
  const live = notebook.cellNamed(name);
  const cells = notebook.panel.content.widgets;
  const index = cells.findIndex(one => one.model.id === live?.cellId);
  const shared = cells[index]?.model.sharedModel;
  shared?.setSource(withOption(shared.getSource(), option));
  return index;
}

/**
 * Return a function that writes a memory size into the function's cell, or null if no open notebook
 * has the cell. The view that asks for it stays in front, so a notification says what happened.
 */
export function memorySetter(
  notebooks: IFunctionNotebooks,
  name: string
): ((megabytes: number) => void) | null {
  const notebook = notebooks.all.find(one => one.cellNamed(name) !== null);
  return notebook
    ? megabytes => {
        const option = `--memory ${megabytes}`;
        writeOption(notebook, name, option);
        Notification.success(
          `${option} is now in the cell of ${name}. Deploy ${name} again to use it.`,
          { autoClose: NOTIFICATION_MS }
        );
      }
    : null;
}

import { withOption } from '../notebook/cells';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** Write an option, such as `--memory 512`, into the magic line of a function's cell. */
export function setCellOption(notebook: INotebookFunctions, name: string, option: string): void {
  const live = notebook.cellNamed(name);
  const cells = notebook.panel.content.widgets;
  const cell = cells.find(one => one.model.id === live?.cellId);
  cell?.model.sharedModel.setSource(withOption(cell.model.sharedModel.getSource(), option));
}

/**
 * Return a function that writes a memory size into the function's cell, or null if no open notebook
 * has the cell.
 */
export function memorySetter(
  notebooks: IFunctionNotebooks,
  name: string
): ((megabytes: number) => void) | null {
  const notebook = notebooks.all.find(one => one.cellNamed(name) !== null);
  return notebook ? megabytes => setCellOption(notebook, name, `--memory ${megabytes}`) : null;
}

import { withOption } from '../notebook/cells';
import type { IFunctionNotebooks, INotebookFunctions } from '../tokens';

/** Writes an option (`--memory 512`) into the magic line of a function's cell. */
export function setOption(notebook: INotebookFunctions, name: string, option: string): void {
  const live = notebook.liveNamed(name);
  const cells = notebook.panel.content.widgets;
  const cell = cells.find(one => one.model.id === live?.cellId);
  cell?.model.sharedModel.setSource(withOption(cell.model.sharedModel.getSource(), option));
}

/** Writes a memory size into the cell of a function; null where no open notebook has it. */
export function memorySetter(
  notebooks: IFunctionNotebooks,
  name: string
): ((megabytes: number) => void) | null {
  const notebook = notebooks.all.find(one => one.liveNamed(name) !== null);
  return notebook ? megabytes => setOption(notebook, name, `--memory ${megabytes}`) : null;
}

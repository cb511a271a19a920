import { withOption } from '../notebook/cells';
import type { INotebookFunctions } from '../tokens';

/** Writes an option (`--memory 512`) into the magic line of a function's cell. */
export function setOption(notebook: INotebookFunctions, name: string, option: string): void {
  const live = notebook.liveNamed(name);
  const cells = notebook.panel.content.widgets;
  const cell = cells.find(one => one.model.id === live?.cellId);
  cell?.model.sharedModel.setSource(withOption(cell.model.sharedModel.getSource(), option));
}

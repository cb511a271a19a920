import { LabShell, type JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { SplitPanel, TabPanel, type Widget } from '@lumino/widgets';

type Shell = JupyterFrontEnd.IShell;

/** The height in px below which a lower area counts as collapsed instead of sized by the user. */
const MIN_HEIGHT_PX = 120;

/** The relative heights of the notebook and of the documents below it. */
const RELATIVE_SIZES = [2, 3];

/** Return the open document with an id, or null. */
export function findDocument(shell: Shell, id: string): Widget | null {
  return [...shell.widgets(documentArea(shell))].find(widget => widget.id === id) ?? null;
}

/** Create a document widget. JupyterLab's toolbar is hidden because the content has its own. */
export function createDocument<T extends Widget>(
  content: T,
  { id, label = '', icon }: { id: string; label?: string; icon?: LabIcon }
): MainAreaWidget<T> {
  const widget = new MainAreaWidget({ content });
  widget.id = id;
  widget.title.label = label;
  widget.title.icon = icon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** Add a document to the shell. Call {@link activateDocument} to show the document. */
export function addDocument(
  shell: Shell,
  widget: Widget,
  options?: Parameters<Shell['add']>[2]
): void {
  // This class aligns the icon with the label in the tabs of Notebook 7.
  widget.title.className = 'jp-FaasDocumentTab';
  shell.add(widget, documentArea(shell), options);
}

export function activateDocument(shell: Shell, id: string): void {
  shell.activateById(id);
  // Notebook 7 shows its lower area, but it does not select the tab or enlarge the area.
  const widget = findDocument(shell, id);
  const tabs = widget?.parent?.parent;
  if (widget && tabs instanceof TabPanel) {
    tabs.currentWidget = widget;
    if (tabs.parent instanceof SplitPanel && widget.node.offsetHeight < MIN_HEIGHT_PX) {
      tabs.parent.setRelativeSizes(RELATIVE_SIZES);
    }
  }
}

/**
 * Return the shell area for documents. Notebook 7 has one document per page, and silently drops
 * widgets that are added to its main area.
 */
function documentArea(shell: Shell): 'main' | 'down' {
  return shell instanceof LabShell ? 'main' : 'down';
}

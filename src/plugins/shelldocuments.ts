import { LabShell, type JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { SplitPanel, TabPanel, type Widget } from '@lumino/widgets';

type Shell = JupyterFrontEnd.IShell;

/** The size in px below which an area beside the notebook counts as collapsed, not sized by the user. */
const MIN_HEIGHT_PX = 120;
const MIN_WIDTH_PX = 480;

/** The relative heights of the notebook and of the documents below it. */
const HEIGHTS = [2, 3];

/** The relative widths of the left sidebar, the notebook and the documents on its right. */
const WIDTHS = [2, 4, 5];

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
  // The menu of the right area lists the captions.
  widget.title.caption ||= widget.title.label;
  shell.add(widget, documentArea(shell), options);
}

export function activateDocument(shell: Shell, id: string): void {
  const widget = findDocument(shell, id);
  // Notebook 7.2 hides a document of its right area that is activated again.
  if (documentArea(shell) !== 'right' || !widget?.isVisible) {
    shell.activateById(id);
  }
  // Notebook 7 shows its lower area, but it does not select the tab. It enlarges neither area.
  const tabs = widget?.parent?.parent;
  if (widget && tabs instanceof TabPanel) {
    tabs.currentWidget = widget;
    if (tabs.parent instanceof SplitPanel && widget.node.offsetHeight < MIN_HEIGHT_PX) {
      tabs.parent.setRelativeSizes(HEIGHTS);
    }
  } else if (widget && tabs?.parent instanceof SplitPanel) {
    if (documentArea(shell) === 'right' && widget.node.offsetWidth < MIN_WIDTH_PX) {
      tabs.parent.setRelativeSizes(WIDTHS);
    }
  }
}

/**
 * Return the shell area for documents. Notebook 7 has one document per page, and silently drops
 * widgets that are added to its main area. Notebook 7.2 has no lower area either.
 */
function documentArea(shell: Shell): 'main' | 'down' | 'right' {
  if (shell instanceof LabShell) {
    return 'main';
  }
  return shell.node.querySelector('#jp-down-stack') ? 'down' : 'right';
}

import { LabShell, type JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { SplitPanel, TabPanel, type Widget } from '@lumino/widgets';

type Shell = JupyterFrontEnd.IShell;

/** What is lower than this was not made so high by anybody. */
const TOO_LOW_PX = 120;

/** The notebook and the documents below it. */
const SHARED = [2, 3];

/** The document of that id, where it is open. */
export function documentOf(shell: Shell, id: string): Widget | null {
  return [...shell.widgets(areaOf(shell))].find(widget => widget.id === id) ?? null;
}

/** A document with tools of its own: those of JupyterLab's toolbar are not shown. */
export function asDocument<T extends Widget>(
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

/** Puts a document beside the open ones. {@link bringForward} shows it. */
export function addDocument(
  shell: Shell,
  widget: Widget,
  options?: Parameters<Shell['add']>[2]
): void {
  // Its icon stands in line with its words also in the tabs of Notebook 7.
  widget.title.className = 'jp-FaasDocumentTab';
  shell.add(widget, areaOf(shell), options);
}

export function bringForward(shell: Shell, id: string): void {
  shell.activateById(id);
  // Notebook 7 shows the area below, but neither which of its tabs was meant nor more than the tabs.
  const widget = documentOf(shell, id);
  const tabs = widget?.parent?.parent;
  if (widget && tabs instanceof TabPanel) {
    tabs.currentWidget = widget;
    if (tabs.parent instanceof SplitPanel && widget.node.offsetHeight < TOO_LOW_PX) {
      tabs.parent.setRelativeSizes(SHARED);
    }
  }
}

/** A page of Notebook 7 is one document: what is added to its main area is dropped without a word. */
function areaOf(shell: Shell): 'main' | 'down' {
  return shell instanceof LabShell ? 'main' : 'down';
}

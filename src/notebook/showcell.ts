import type { Notebook } from '@jupyterlab/notebook';

/** How long to wait until a cell is in view, and how long to keep it there, in milliseconds. */
const APPEAR_MS = 3000;
const FOLLOW_MS = 1500;
const LOOK_MS = 100;

/** What a person does to move the notebook or to leave the cell. */
const GESTURES = ['wheel', 'pointerdown', 'keydown'];

/**
 * Make a cell the active one and scroll to it. Resolves when the cell is in view.
 *
 * A notebook that was just opened estimates the heights of the cells that are not drawn yet.
 * JupyterLab stops following the cell soon after the scroll, so that the cells above it can push it
 * out of view again. It is followed until the heights are settled or the user does something.
 */
export async function showCell(content: Notebook, index: number): Promise<void> {
  const cell = content.widgets[index];
  content.activeCellIndex = index;
  // A newer request to scroll rejects this one.
  const scroll = () => content.scrollToItem(index, 'smart').catch(() => undefined);
  await scroll();
  if (!cell) {
    return;
  }
  const gesture = new AbortController();
  for (const name of GESTURES) {
    const options = { capture: true, passive: true, signal: gesture.signal };
    content.node.addEventListener(name, () => gesture.abort(), options);
  }
  const isLeft = () => content.isDisposed || content.activeCell !== cell || gesture.signal.aborted;
  const follow = async (limitMs: number, isDone: (inView: boolean) => boolean) => {
    for (let waited = 0; waited < limitMs && !isLeft(); waited += LOOK_MS) {
      const inView = isInView(cell.node, content.node);
      if (isDone(inView)) {
        return;
      }
      if (!inView) {
        await scroll();
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    }
  };
  await follow(APPEAR_MS, inView => inView);
  void follow(FOLLOW_MS, () => false).finally(() => gesture.abort());
}

function isInView(node: HTMLElement, notebook: HTMLElement): boolean {
  const cell = node.getBoundingClientRect();
  const frame = notebook.getBoundingClientRect();
  return node.isConnected && cell.bottom >= frame.top && cell.top <= frame.bottom;
}

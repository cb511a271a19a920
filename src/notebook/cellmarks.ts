import type { Cell } from '@jupyterlab/cells';

import { PATHS } from '../icons';
import { badge, type IBadge } from '../state/functionstate';
import type { IFaasManager, INotebookFunctions } from '../tokens';

const CLASS = 'jp-FaasMark';
const SVG = 'http://www.w3.org/2000/svg';

/**
 * Show a small icon with the drift state below the execution count of every function cell.
 *
 * The icons are redrawn at most once per animation frame after the notebook, its kernel or the
 * target changes. An icon is replaced only if its tooltip, which describes the whole state, has
 * changed. The icon is a sibling of the prompt instead of a child, because JupyterLab rewrites the
 * prompt's text. A cell that is far off the screen has no DOM yet; its icon is drawn when the cell
 * is ready.
 */
export function markCells(notebook: INotebookFunctions, manager: IFaasManager): void {
  const awaited = new WeakSet<Cell>();
  let pending = false;
  const draw = () => {
    pending = false;
    if (notebook.panel.isDisposed) {
      return;
    }
    for (const cell of notebook.panel.content.widgets) {
      const host = cell.inputArea?.node;
      if (host) {
        drawMark(host, cellBadge(cell, notebook, manager));
      } else if (!awaited.has(cell)) {
        // JupyterLab builds cells that are off the screen when the user scrolls near them.
        awaited.add(cell);
        void cell.ready.then(schedule);
      }
    }
  };
  const schedule = () => {
    if (!pending) {
      pending = true;
      requestAnimationFrame(draw);
    }
  };
  notebook.changed.connect(schedule);
  schedule();
}

function cellBadge(cell: Cell, notebook: INotebookFunctions, manager: IFaasManager): IBadge | null {
  const live = notebook.functionCell(cell.model.id);
  if (live === null || manager.condition.kind === 'no-server-half') {
    return null;
  }
  const version = notebook.deployedFunction(live.name)?.version ?? null;
  const job = notebook.job(live.name);
  const { state, sides } = notebook.status(live);
  return badge(state, { job, version, seen: null, sides });
}

function drawMark(host: HTMLElement, shown: IBadge | null): void {
  const old = host.querySelector(`:scope > .${CLASS}`);
  if (shown !== null && old?.getAttribute('title') === shown.title) {
    return;
  }
  old?.remove();
  if (shown !== null) {
    host.appendChild(createMark(shown));
  }
}

function createMark({ cellText: words, title, icon, tone }: IBadge): HTMLElement {
  const mark = document.createElement('span');
  mark.className = `${CLASS} jp-Faas`;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', words);
  mark.title = title;
  const svg = document.createElementNS(SVG, 'svg');
  const turning = icon === 'arc' ? ' jp-mod-turning' : '';
  svg.setAttribute('class', `jp-FaasIcon jp-mod-small jp-mod-${tone}${turning}`);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[icon]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.appendChild(path);
  mark.appendChild(svg);
  return mark;
}

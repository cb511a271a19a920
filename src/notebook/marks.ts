import type { Cell } from '@jupyterlab/cells';

import { PATHS } from '../icons';
import { badge, type IBadge } from '../states';
import type { IFaasManager, INotebookFunctions } from '../tokens';

const CLASS = 'jp-FaasMark';
const SVG = 'http://www.w3.org/2000/svg';

/**
 * Keeps a small state mark under the execution count of every function cell of a notebook.
 *
 * The mark lives beside the prompt, not in it: JupyterLab rewrites the prompt's text.
 */
export function markCells(notebook: INotebookFunctions, manager: IFaasManager): void {
  let pending = false;
  const draw = () => {
    pending = false;
    if (notebook.panel.isDisposed) {
      return;
    }
    for (const cell of notebook.panel.content.widgets) {
      drawMark(cell, badgeOf(cell, notebook, manager));
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

function badgeOf(cell: Cell, notebook: INotebookFunctions, manager: IFaasManager): IBadge | null {
  const live = notebook.liveOf(cell.model.id);
  if (live === null || manager.condition.kind === 'no-server-half') {
    return null;
  }
  const version = manager.functionNamed(live.name)?.version ?? null;
  const job = notebook.job(live.name);
  return badge(notebook.standing(live).state, { job, version, seen: null });
}

function drawMark(cell: Cell, shown: IBadge | null): void {
  const host = cell.inputArea?.node;
  if (!host) {
    // Cells far out of sight are drawn later, and their notebook tells us then.
    void cell.ready.then(() => cell.inputArea && drawMark(cell, shown));
    return;
  }
  const old = host.querySelector(`:scope > .${CLASS}`);
  if (shown === null) {
    old?.remove();
    return;
  }
  const words = shown.cell;
  if (old?.getAttribute('aria-label') === words) {
    return;
  }
  old?.remove();
  const mark = document.createElement('span');
  mark.className = `${CLASS} jp-Faas`;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', words);
  mark.title = words;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute(
    'class',
    `jp-FaasIcon jp-mod-small jp-mod-${shown.tone}${shown.icon === 'arc' ? ' jp-mod-turning' : ''}`
  );
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[shown.icon]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.appendChild(path);
  mark.appendChild(svg);
  host.appendChild(mark);
}

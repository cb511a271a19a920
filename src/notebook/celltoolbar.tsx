import type { Cell } from '@jupyterlab/cells';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { DeployButton } from '../components/deploybutton';
import { Icon } from '../components/icon';
import { badge, isBusy } from '../state/functionstate';
import { memoryProblem } from '../state/limits';
import type { IFaasManager, IFunctionNotebooks, INotebookFunctions } from '../tokens';

/**
 * The cell widths in px from which there is enough space for the state text, or for the labelled
 * button. JupyterLab hides a cell's toolbar that takes more than half of the cell.
 */
const ROOM_FOR_WORDS = 900;
const ROOM_FOR_BUTTON = 660;

const BLOCKING = new Set(['unreachable', 'unauthorized', 'server-down']);

interface ICellDeployOptions {
  cell: Cell;
  notebook: INotebookFunctions;
  notebooks: IFunctionNotebooks;
  manager: IFaasManager;
}

/**
 * The state and the Deploy button in the toolbar of a function cell. The widget is hidden in other
 * cells.
 */
export class CellDeploy extends ReactWidget {
  constructor(private readonly _options: ICellDeployOptions) {
    super();
    this.addClass('jp-FaasCellDeploy');
    this.addClass('jp-Faas');
    _options.notebook.changed.connect(this._onChanged, this);
    this._observer = new ResizeObserver(() => this._onChanged());
    this._observer.observe(_options.cell.node);
    // The toolbar of a removed cell may exist longer than the cell.
    _options.cell.disposed.connect(this.dispose, this);
    this._onChanged();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._observer.disconnect();
      this._options.notebook.changed.disconnect(this._onChanged, this);
      super.dispose();
    }
  }

  protected override render(): React.ReactElement | null {
    const { cell, notebook, notebooks, manager } = this._options;
    if (cell.isDisposed) {
      return null;
    }
    const live = notebook.functionCell(cell.model.id);
    if (live === null || manager.condition.kind === 'no-server-half') {
      return null;
    }
    const { name } = live;
    const job = notebook.job(name);
    const { state, sides } = notebook.status(live);
    const deployed = notebook.deployedFunction(name);
    const shown = badge(state, { job, version: deployed?.version ?? null, seen: null, sides });
    const busy = isBusy(job);
    const unfit = memoryProblem(live, manager.status?.limits ?? null);
    const blocked = BLOCKING.has(manager.condition.kind)
      ? 'You can deploy when the target is available again'
      : unfit !== null
        ? `${unfit.message} ${unfit.hint}`
        : '';
    const failed = job?.phase === 'failed';
    const room = cell.node.offsetWidth;
    return (
      <>
        <span className="jp-FaasCellDeploy-state" title={failed ? job.message : shown.title}>
          <Icon name={shown.icon} tone={shown.tone} small />
          {room >= ROOM_FOR_WORDS ? (
            shown.cellText
          ) : (
            <span className="jp-Faas-hidden">{shown.cellText}</span>
          )}
        </span>
        <DeployButton
          name={name}
          step={busy ? 'cancel' : failed ? 'retry' : state === 'deployed' ? 'again' : 'deploy'}
          blocked={blocked}
          icon="deploy"
          square={room < ROOM_FOR_BUTTON}
          onClick={() =>
            busy ? notebooks.cancel(notebook, name) : void notebooks.deploy(notebook, name)
          }
        />
      </>
    );
  }

  private _onChanged(): void {
    const { cell, notebook, manager } = this._options;
    const missing = manager.condition.kind === 'no-server-half';
    this.setHidden(notebook.functionCell(cell.model.id) === null || missing);
    this.update();
  }

  private readonly _observer: ResizeObserver;
}

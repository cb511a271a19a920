import { Signal, type ISignal } from '@lumino/signaling';

import type { IDeployedFunction } from '../../api/types';
import { memory, version } from '../../format/format';
import { memoryProblem } from '../../state/limits';
import {
  badge,
  isBusy,
  type FunctionState,
  type IBadge,
  type IDeployJob,
  type IDriftSide
} from '../../state/functionstate';
import { installCommand } from '../../state/kernelpython';
import type {
  Condition,
  IFaasManager,
  IFunctionNotebooks,
  IFunctionCell,
  INotebookFunctions,
  IFunctionRule,
  IRunFailure,
  LinkState
} from '../../tokens';

export interface IFunctionRow {
  /** The id of the row, which is unique in the list. */
  id: string;
  name: string;
  composition: boolean;
  /** The displayed version, such as `v2`; empty if the function is not deployed. */
  version: string;
  badge: IBadge;
  /** The kind of button in the deploy column. `cell` shows the cell, whose last run failed. */
  deploy: 'button' | 'again' | 'retry' | 'cancel' | 'cell' | 'none';
  /** The reason why the function cannot be deployed now; empty if it can be. */
  blocked: string;
  /** The error of the last deploy, or of the run that packaged nothing; null if it succeeded. */
  failure: IRunFailure | null;
  inNotebook: boolean;
  /** The rules that run the function, each as a sentence. */
  rules: { words: string; active: boolean }[];
  /** The accessible name of the row. */
  label: string;
}

export interface IFunctionGroup {
  title: string;
  rows: IFunctionRow[];
}

interface IShownFacts {
  megabytes: number | null;
  composition: boolean;
  sides?: readonly IDriftSide[];
}

/**
 * The rows of the list, derived from the cells of the current notebook, their packages, and the
 * deployed functions.
 */
export class FunctionsModel {
  constructor(
    private readonly _manager: IFaasManager,
    private readonly _notebooks: IFunctionNotebooks
  ) {
    _manager.changed.connect(this._onChanged, this);
    _notebooks.currentChanged.connect(this._onChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get condition(): Condition {
    return this._manager.condition;
  }

  get hasNotebook(): boolean {
    return this._notebooks.current !== null;
  }

  /** Whether the kernel of the current notebook has loaded the extension. */
  get isLoaded(): boolean {
    return this._notebooks.current?.link.state === 'connected';
  }

  /** The state of the comm; `idle` if there are no function cells. */
  get link(): LinkState {
    const { current } = this._notebooks;
    return current !== null && current.cells.length > 0 ? current.link.state : 'idle';
  }

  /** The command that installs the package for the kernel; empty if that would not help. */
  get installCommand(): string {
    const python = this._notebooks.current?.link.python;
    const install = this._manager.status?.install;
    return python && !python.hasPackage && install ? installCommand(python, install) : '';
  }

  get groups(): IFunctionGroup[] {
    if (this.condition.kind === 'no-server-half') {
      return [];
    }
    const mine = this._notebookRows();
    const names = new Set(mine.map(row => row.name));
    const others = this._manager.functions.filter(
      one => !names.has(one.name) && !this._isOnPage(one)
    );
    const groups: IFunctionGroup[] = [];
    const { current } = this._notebooks;
    if (current !== null && mine.length > 0) {
      groups.push({ title: `In ${current.panel.title.label}`, rows: mine });
    }
    const origins = [...new Set(others.map(one => one.notebook))].sort(byName);
    for (const notebook of origins) {
      const rows = others.filter(one => one.notebook === notebook);
      const title =
        notebook === null
          ? `Only on ${this._manager.target?.label ?? 'the target'}`
          : `Deployed from ${notebook}`;
      groups.push({ title, rows: rows.map(one => this._targetRow(one)) });
    }
    return groups;
  }

  /** Return whether the page of another function shows this version of it. */
  private _isOnPage({ variant }: IDeployedFunction): boolean {
    return (
      variant !== undefined &&
      variant.role !== 'dev' &&
      this._manager.functionNamed(variant.of) !== null
    );
  }

  private _notebookRows(): IFunctionRow[] {
    const { current } = this._notebooks;
    const names = new Set(current?.cells.map(one => one.name) ?? []);
    return [...names].flatMap(name => {
      const live = current?.cellNamed(name);
      return current && live ? [this._notebookRow(current, live)] : [];
    });
  }

  private _notebookRow(current: INotebookFunctions, live: IFunctionCell): IFunctionRow {
    const { name } = live;
    const composition = live.composition;
    const deployed = this._manager.functionNamed(name);
    const packaged = current.kernelFunction(live);
    const { state, sides } = current.status(live);
    const job = current.job(name);
    const megabytes = packaged?.memory_mb ?? live.memoryMb ?? deployed?.memory_mb ?? null;
    const shown = this._badge(state, job, deployed, { megabytes, composition, sides });
    const unfit = memoryProblem(live, this._manager.status?.limits ?? null);
    let deploy: IFunctionRow['deploy'] = state === 'deployed' ? 'again' : 'button';
    if (job !== null) {
      deploy = isBusy(job) ? 'cancel' : 'retry';
    } else if (state === 'not-packaged' || unfit !== null) {
      deploy = 'cell';
    }
    return {
      id: `cell ${name}`,
      name,
      composition,
      version: deployed ? version(deployed.version) : '',
      badge: shown,
      deploy,
      blocked: this._blocked(),
      failure: deploy === 'cell' ? (live.failure ?? unfit) : job?.phase === 'failed' ? job : null,
      inNotebook: true,
      ...this._runs(name, label(name, shown, deployed))
    };
  }

  private _targetRow(deployed: IDeployedFunction): IFunctionRow {
    const held = deployed.elsewhere ? 'elsewhere' : 'deployed';
    const state = this._manager.isUpToDate ? held : 'unknown';
    const composition = deployed.composition === true;
    const shown = this._badge(state, null, deployed, {
      megabytes: deployed.memory_mb,
      composition
    });
    return {
      id: `target ${deployed.name}`,
      name: deployed.name,
      composition,
      version: version(deployed.version),
      badge: shown,
      // The function's cell is not open, so the function cannot be deployed.
      deploy: 'none',
      blocked: '',
      failure: null,
      inNotebook: false,
      ...this._runs(deployed.name, label(deployed.name, shown, deployed))
    };
  }

  /** Return the rules that run a function, and the row's label with these rules added. */
  private _runs(name: string, label: string): Pick<IFunctionRow, 'rules' | 'label'> {
    const rules = this._manager.triggers.of(name).map(one => ({
      words: ruleText(one),
      active: one.active
    }));
    return { rules, label: [label, ...rules.map(one => lowerFirst(one.words))].join(', ') };
  }

  private _badge(
    state: FunctionState,
    job: IDeployJob | null,
    deployed: IDeployedFunction | null,
    { megabytes, composition, sides }: IShownFacts
  ): IBadge {
    return badge(state, {
      job,
      version: deployed?.version ?? null,
      seen: this._manager.functionsAsOf,
      sides,
      detail: detail(megabytes, composition)
    });
  }

  private _blocked(): string {
    switch (this.condition.kind) {
      case 'unreachable':
      case 'unauthorized':
      case 'server-down':
        return 'You can deploy when the target is available again';
      default:
        return '';
    }
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

/**
 * Return the detail text of a row. A composition's memory is not shown, because it is only the
 * memory of the conductor.
 */
function detail(megabytes: number | null, composition: boolean): string {
  if (composition) {
    return 'composition';
  }
  return megabytes === null ? '' : memory(megabytes);
}

/** Order the names of notebooks. Null, for functions that no notebook is known of, comes last. */
function byName(one: string | null, other: string | null): number {
  return one === null || other === null
    ? Number(one === null) - Number(other === null)
    : one.localeCompare(other);
}

/** Return a rule as a sentence, such as `Runs every 5 minutes (trigger every5)`. */
function ruleText({ trigger, when, active }: IFunctionRule): string {
  const words = when ? `${when} (trigger ${trigger})` : `when ${trigger} is fired`;
  return active ? `Runs ${words}` : `Paused: ${words}`;
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

function label(name: string, shown: IBadge, deployed: IDeployedFunction | null): string {
  const number = deployed ? `version ${version(deployed.version).slice(1)}` : '';
  return [name, shown.text.toLowerCase(), number, shown.detail].filter(Boolean).join(', ');
}

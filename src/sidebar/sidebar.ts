import { SidePanel, type LabIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop, type Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import type { IFaasManager, IFaasSidebar, IFunctionNotebooks } from '../tokens';
import { ActivationsPanel } from './activations';
import type { IActivationActions } from './activations/activationrow';
import { CostsPanel } from './costs';
import { FunctionsPanel } from './functions';
import type { IFunctionsActions } from './functions/body';
import { FunctionsModel } from './functions/model';
import { TargetBody, type ITargetActions } from './target/body';

/**
 * The maximum share of the panel's height for the functions, and the share that remains for the
 * activations if there are so many. Within these limits, functions and costs get the height that
 * they need. Height that the activations do not need goes to the functions.
 */
const MAX_FUNCTIONS_SHARE = 0.4;
const MIN_ACTIVATIONS_SHARE = 0.3;

/**
 * The height of the panel in px below which the COST section is initially collapsed. Its title
 * still shows the sum.
 */
const MIN_HEIGHT_FOR_COSTS = 480;

/** The left panel with target, functions, activations and costs. It polls while it is visible. */
export class FaasSidebar extends SidePanel implements IFaasSidebar {
  constructor(private readonly _options: FaasSidebar.IOptions) {
    super();
    if (!(this.content instanceof AccordionPanel)) {
      throw new Error('The content of the sidebar must be an accordion.');
    }
    this._sections = this.content;
    const { manager, notebooks, icon, functionActions, targetActions, example } = _options;
    const { activationActions } = _options;
    this.id = _options.id;
    this.title.icon = icon;
    this.title.caption = 'Functions and activations';
    this.addClass('jp-FaasSidebar');
    this.addClass('jp-Faas');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Functions and activations');

    this.header.addWidget(new TargetBody({ manager, actions: targetActions }));
    const model = new FunctionsModel(manager, notebooks);
    this._functions = new FunctionsPanel({ model, actions: functionActions, example });
    this._activations = new ActivationsPanel({ manager, actions: activationActions });
    this._costs = new CostsPanel({
      manager,
      icon: _options.costsIcon,
      open: _options.openCosts,
      setBudget: _options.setBudget
    });
    this.addWidget(this._functions);
    this.addWidget(this._activations);
    this.addWidget(this._costs);
    this._sections.handleMoved.connect(() => {
      this._sizedByUser = true;
    });
    manager.changed.connect(this._foldIfUnavailable, this);
    // The header and the lists can change their heights at any time.
    this._observer = new ResizeObserver(() => this._fitSections());
    this._observer.observe(this.header.node);
    this._observer.observe(this._functions.body.node);
    this._observer.observe(this._activations.body.node);
    this._observer.observe(this._costs.body.node);
  }

  showActivation(id: string): void {
    this._options.activate(this.id);
    this._sections.expand(1);
    this._activations.showActivation(id);
  }

  async focusContent(): Promise<void> {
    this._options.activate(this.id);
    await this._functions.body.renderPromise;
    // Wait for a frame, because the command palette first returns focus to the main area.
    requestAnimationFrame(() => {
      if (this.isVisible && !this.node.contains(document.activeElement)) {
        const first = (selector: string) => this.node.querySelector<HTMLElement>(selector);
        const row = first('[role=treeitem][tabindex="0"]');
        (row ?? first('.jp-FaasTarget-button:enabled'))?.focus();
      }
    });
  }

  override dispose(): void {
    this._observer.disconnect();
    this._unwatch();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._watchVisible();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._watchVisible();
  }

  protected override onBeforeHide(message: Message): void {
    this._unwatch();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._unwatch();
    super.onBeforeDetach(message);
  }

  protected override onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this._fitSections();
  }

  private _watchVisible(): void {
    if (this.isVisible && this._watch === null) {
      this._watch = this._options.manager.watch();
      this._fitSections();
    }
  }

  private _unwatch(): void {
    this._watch?.dispose();
    this._watch = null;
  }

  /** Collapse all sections if the server extension is missing. */
  private _foldIfUnavailable(): void {
    const missing = this._options.manager.condition.kind === 'no-server-half';
    if (missing === this._folded) {
      return;
    }
    this._folded = missing;
    for (const index of this._sections.widgets.keys()) {
      if (missing) {
        this._sections.collapse(index);
      } else {
        this._sections.expand(index);
      }
    }
  }

  private _fitSections(): void {
    if (!this.isVisible || this._fitting) {
      return;
    }
    this._fitting = true;
    requestAnimationFrame(() => {
      this._fitting = false;
      // Lumino does not lay out the header, so announce the new height of the sections.
      MessageLoop.sendMessage(this.content, Widget.ResizeMessage.UnknownSize);
      if (this._sizedByUser || this._functions.isHidden || this._activations.isHidden) {
        return;
      }
      const space =
        this.content.node.clientHeight -
        this._sections.titles.reduce((sum, title) => sum + title.offsetHeight, 0);
      if (space <= 0) {
        return;
      }
      this._foldCosts(space);
      // The layout rounds down, and a list that lacks a pixel would scroll.
      const wanted = this._functions.body.node.offsetHeight + 1;
      const least = Math.min(
        this._activations.body.node.offsetHeight,
        space * MIN_ACTIVATIONS_SHARE
      );
      const costs = this._costs.isHidden
        ? 0
        : Math.min(
            this._costs.body.node.offsetHeight + 1,
            space - least - Math.min(wanted, space * MAX_FUNCTIONS_SHARE)
          );
      const spare = space - costs - this._activations.body.node.offsetHeight;
      const functions = Math.min(
        wanted,
        Math.max(space * MAX_FUNCTIONS_SHARE, spare),
        space - least - costs
      );
      this._sections.setRelativeSizes([functions, space - functions - costs, costs]);
    });
  }

  /** Collapse the costs once, when the height is first known. Afterwards the user decides. */
  private _foldCosts(space: number): void {
    if (!this._foldedCosts) {
      this._foldedCosts = true;
      if (space < MIN_HEIGHT_FOR_COSTS) {
        this._sections.collapse(2);
      }
    }
  }

  private readonly _sections: AccordionPanel;
  private readonly _functions: FunctionsPanel;
  private readonly _activations: ActivationsPanel;
  private readonly _costs: CostsPanel;
  private readonly _observer: ResizeObserver;
  private _watch: IDisposable | null = null;
  private _folded = false;
  private _foldedCosts = false;
  private _fitting = false;
  private _sizedByUser = false;
}

export namespace FaasSidebar {
  export interface IOptions {
    id: string;
    manager: IFaasManager;
    notebooks: IFunctionNotebooks;
    icon: LabIcon;
    costsIcon: LabIcon;
    example: readonly string[];
    functionActions: IFunctionsActions;
    activationActions: IActivationActions;
    targetActions: ITargetActions;
    /** Open the costs in the main area. */
    openCosts: () => void;
    /** Ask the user for a new budget of the target. */
    setBudget: () => void;
    /** Activate a widget of the shell. */
    activate: (id: string) => void;
  }
}

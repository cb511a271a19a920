import { SidePanel, type LabIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop, type Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import { ActivationsPanel } from './panels/activations';
import type { IActivationActions } from './panels/activations/run';
import { FunctionsPanel } from './panels/functions';
import type { IFunctionsActions } from './panels/functions/body';
import { FunctionsModel } from './panels/functions/model';
import { TargetBody, type ITargetActions } from './panels/target/body';
import type { IFaasManager, IFaasSidebar, IFunctionNotebooks } from './tokens';

/** The functions get the height they need, up to this part of the panel. */
const MOST_FOR_FUNCTIONS = 0.6;

/** The left panel: the target, the functions, the activations. It polls while it is visible. */
export class FaasSidebar extends SidePanel implements IFaasSidebar {
  constructor(private readonly _options: FaasSidebar.IOptions) {
    super();
    if (!(this.content instanceof AccordionPanel)) {
      throw new Error('A side panel has an accordion unless it is given something else.');
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
    this.addWidget(this._functions);
    this.addWidget(this._activations);
    for (const panel of [this._functions, this._activations]) {
      // A click on a tool in the title must not fold the section as well.
      panel.toolbar.node.addEventListener('click', event => {
        if (event.target instanceof Element && event.target.closest('.jp-ToolbarButtonComponent')) {
          event.stopPropagation();
        }
      });
    }
    this._sections.handleMoved.connect(() => {
      this._sizedByUser = true;
    });
    manager.changed.connect(this._fold, this);
    // The message above the sections and the list of functions change their heights by themselves.
    this._observer = new ResizeObserver(() => this._fit());
    this._observer.observe(this.header.node);
    this._observer.observe(this._functions.body.node);
  }

  showActivation(id: string): void {
    this._options.activate(this.id);
    this._sections.expand(1);
    this._activations.showActivation(id);
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
    this._fit();
  }

  private _watchVisible(): void {
    if (this.isVisible && this._watch === null) {
      this._watch = this._options.manager.watch();
      this._fit();
    }
  }

  private _unwatch(): void {
    this._watch?.dispose();
    this._watch = null;
  }

  /** Without the server half there is nothing in the sections. */
  private _fold(): void {
    const missing = this._options.manager.condition.kind === 'no-server-half';
    if (missing === this._folded) {
      return;
    }
    this._folded = missing;
    for (const index of [0, 1]) {
      if (missing) {
        this._sections.collapse(index);
      } else {
        this._sections.expand(index);
      }
    }
  }

  private _fit(): void {
    if (!this.isVisible || this._fitting) {
      return;
    }
    this._fitting = true;
    requestAnimationFrame(() => {
      this._fitting = false;
      // The header's height is none of Lumino's layouts, so nobody else tells the sections.
      MessageLoop.sendMessage(this.content, Widget.ResizeMessage.UnknownSize);
      const both = this._sections.widgets.every(widget => !widget.isHidden);
      if (this._sizedByUser || !both) {
        return;
      }
      const space =
        this.content.node.clientHeight -
        this._sections.titles.reduce((sum, title) => sum + title.offsetHeight, 0);
      const wanted = this._functions.body.node.offsetHeight;
      const given = Math.min(wanted, space * MOST_FOR_FUNCTIONS);
      if (space > 0) {
        this._sections.setRelativeSizes([given, space - given]);
      }
    });
  }

  private readonly _sections: AccordionPanel;
  private readonly _functions: FunctionsPanel;
  private readonly _activations: ActivationsPanel;
  private readonly _observer: ResizeObserver;
  private _watch: IDisposable | null = null;
  private _folded = false;
  private _fitting = false;
  private _sizedByUser = false;
}

export namespace FaasSidebar {
  export interface IOptions {
    id: string;
    manager: IFaasManager;
    notebooks: IFunctionNotebooks;
    icon: LabIcon;
    example: string;
    functionActions: IFunctionsActions;
    activationActions: IActivationActions;
    targetActions: ITargetActions;
    /** Brings a widget of the shell to the front. */
    activate: (id: string) => void;
  }
}

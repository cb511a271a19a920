import { PanelWithToolbar } from '@jupyterlab/ui-components';

import { clock } from '../../format/format';
import type { IFaasManager } from '../../tokens';
import { SectionNote } from '../section';
import type { IActivationActions } from './activationrow';
import { ActivationsBody } from './body';
import { ActivationsModel } from './model';

/** The ACTIVATIONS section of the sidebar. */
export class ActivationsPanel extends PanelWithToolbar {
  constructor({ manager, actions }: ActivationsPanel.IOptions) {
    super();
    this.title.label = 'Activations';
    this.addClass('jp-FaasSection');
    this.toolbar.addClass('jp-FaasSection-toolbar');
    this.toolbar.addClass('jp-Faas');
    this._model = new ActivationsModel(manager);
    this.body = new ActivationsBody({ model: this._model, actions });
    const note = new SectionNote();
    this.toolbar.addItem('note', note);
    this.addWidget(this.body);
    const update = () => {
      note.text = noteOf(manager);
    };
    manager.changed.connect(update, this);
    update();
  }

  /** The content of the section, whose height follows from what it shows. */
  readonly body: ActivationsBody;

  showActivation(id: string): void {
    this._model.reveal(id);
    void this.body.focusRow(id);
  }

  private readonly _model: ActivationsModel;
}

export namespace ActivationsPanel {
  export interface IOptions {
    manager: IFaasManager;
    actions: IActivationActions;
  }
}

function noteOf(manager: IFaasManager): string {
  switch (manager.condition.kind) {
    case 'loading':
      return '';
    case 'no-server-half':
      return 'unavailable';
    case 'ready':
      return manager.activations === null ? '' : 'live';
    default:
      return manager.functionsAsOf === null
        ? 'paused'
        : `paused, as of ${clock(manager.functionsAsOf)}`;
  }
}

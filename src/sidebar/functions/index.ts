import { addIcon, PanelWithToolbar } from '@jupyterlab/ui-components';

import { SectionNote, SectionButton } from '../section';
import { FunctionsBody, type IFunctionsActions } from './body';
import type { FunctionsModel } from './model';

/** The FUNCTIONS section of the sidebar. */
export class FunctionsPanel extends PanelWithToolbar {
  constructor({ model, actions, example }: FunctionsPanel.IOptions) {
    super();
    this.title.label = 'Functions';
    this.addClass('jp-FaasSection');
    this.toolbar.addClass('jp-FaasSection-toolbar');
    this.toolbar.addClass('jp-Faas');
    const note = new SectionNote();
    const insert = new SectionButton({
      icon: addIcon,
      label: 'Insert a %%function cell',
      onClick: actions.insertExample
    });
    this.toolbar.addItem('note', note);
    this.toolbar.addItem('insert', insert);
    this.body = new FunctionsBody({ model, actions, example });
    this.addWidget(this.body);
    const update = () => {
      note.text = noteOf(model);
      insert.enabled = model.hasNotebook;
      insert.setHidden(model.condition.kind === 'no-server-half');
    };
    model.changed.connect(update, this);
    update();
  }

  /** The content of the section, whose height follows from what it shows. */
  readonly body: FunctionsBody;
}

export namespace FunctionsPanel {
  export interface IOptions {
    model: FunctionsModel;
    actions: IFunctionsActions;
    example: readonly string[];
  }
}

function noteOf(model: FunctionsModel): string {
  if (model.condition.kind === 'no-server-half') {
    return 'unavailable';
  }
  const count = model.groups.reduce((sum, group) => sum + group.rows.length, 0);
  return count > 0 ? String(count) : '';
}

import { PanelWithToolbar, type LabIcon } from '@jupyterlab/ui-components';

import { clock } from '../../format/format';
import { withinPeriod } from '../../format/periods';
import { CostsModel } from '../../state/costsmodel';
import type { IFaasManager } from '../../tokens';
import { SectionNote, SectionButton } from '../section';
import { CostsBody } from './body';

/** The COST section of the sidebar. */
export class CostsPanel extends PanelWithToolbar {
  constructor({ manager, icon, open, setBudget }: CostsPanel.IOptions) {
    super();
    this.title.label = 'Cost';
    this.addClass('jp-FaasSection');
    this.toolbar.addClass('jp-FaasSection-toolbar');
    this.toolbar.addClass('jp-Faas');
    this._model = new CostsModel({ manager });
    this.body = new CostsBody({ model: this._model, open, setBudget });
    const note = new SectionNote();
    note.addClass('jp-mod-closed');
    const view = new SectionButton({ icon, label: 'Open the cost view', onClick: open });
    this.toolbar.addItem('note', note);
    this.toolbar.addItem('open', view);
    this.addWidget(this.body);
    const update = () => {
      note.text = noteOf(manager, this._model);
      view.setHidden(manager.condition.kind === 'no-server-half');
    };
    this._model.changed.connect(update);
    update();
  }

  /** The content of the section, whose height follows from what it shows. */
  readonly body: CostsBody;

  override dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  private readonly _model: CostsModel;
}

export namespace CostsPanel {
  export interface IOptions {
    manager: IFaasManager;
    icon: LabIcon;
    /** Open the costs in the main area. */
    open: () => void;
    /** Ask the user for a new budget of the target. */
    setBudget: () => void;
  }
}

function noteOf(
  { condition }: IFaasManager,
  { report, isUpToDate, reportPeriod }: CostsModel
): string {
  if (condition.kind === 'no-server-half') {
    return 'unavailable';
  }
  if (report === null) {
    return '';
  }
  if (!isUpToDate) {
    return `as of ${clock(report.as_of)}`;
  }
  const over = report.budget?.over ? ', over budget' : '';
  return report.functions.length > 0
    ? `${report.total.cost_text} ${withinPeriod(reportPeriod)}${over}`
    : `no calls ${withinPeriod(reportPeriod)}${over}`;
}

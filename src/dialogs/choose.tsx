import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useId } from 'react';

export interface IChoice {
  title: string;
  /** The label of the list. */
  label: string;
  items: readonly string[];
  /** The index of the item that is selected first. Default: 0. */
  current?: number;
  /** The verb on the button. */
  okLabel: string;
}

/**
 * Ask the user to choose from a list. Resolves with the index of the item, or null if the user
 * cancels. Unlike in JupyterLab's InputDialog, the list has a label for screen readers.
 */
export async function askToChoose(choice: IChoice): Promise<number | null> {
  const dialog = new Dialog<number>({
    title: choice.title,
    body: new ChoiceBody(choice),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: choice.okLabel })],
    focusNodeSelector: 'select'
  });
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}

class ChoiceBody extends ReactWidget implements Dialog.IBodyWidget<number> {
  constructor(private readonly _choice: IChoice) {
    super();
    this.addClass('jp-Faas');
    this._chosen = Math.max(0, _choice.current ?? 0);
  }

  getValue(): number {
    return this._chosen;
  }

  protected override render(): React.ReactElement {
    return (
      <List choice={this._choice} first={this._chosen} onChosen={index => (this._chosen = index)} />
    );
  }

  private _chosen: number;
}

interface IListProps {
  choice: IChoice;
  first: number;
  onChosen: (index: number) => void;
}

function List({ choice: { label, items }, first, onChosen }: IListProps): React.ReactElement {
  const id = useId();
  return (
    <div className="jp-FaasChoice">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="jp-FaasForm-field"
        defaultValue={first}
        onChange={event => onChosen(Number(event.target.value))}
      >
        {items.map((item, index) => (
          <option key={index} value={index}>
            {item}
          </option>
        ))}
      </select>
    </div>
  );
}

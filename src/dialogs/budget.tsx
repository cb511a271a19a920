import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useId } from 'react';

export interface IBudgetQuestion {
  targetLabel: string;
  /** The initial text of the field. */
  text: string;
  /** Whether there is a budget to remove. */
  removable: boolean;
  /** The reason why the last typed text was invalid. */
  problem?: string;
}

/**
 * Ask for a budget. Resolves with the typed amount, null to remove the budget, or undefined if the
 * user cancels.
 */
export async function askForBudget(question: IBudgetQuestion): Promise<string | null | undefined> {
  const body = new BudgetDialogBody(question);
  const remove = Dialog.createButton({ label: 'Remove budget' });
  const dialog = new Dialog<string>({
    title: `Budget for ${question.targetLabel}`,
    body,
    buttons: [
      Dialog.cancelButton(),
      ...(question.removable ? [remove] : []),
      Dialog.okButton({ label: 'Set budget' })
    ],
    focusNodeSelector: 'input'
  });
  const { button, value } = await dialog.launch();
  if (button.label === remove.label) {
    return null;
  }
  return button.accept ? (value ?? '') : undefined;
}

class BudgetDialogBody extends ReactWidget implements Dialog.IBodyWidget {
  constructor(private readonly _question: IBudgetQuestion) {
    super();
    this.addClass('jp-Faas');
    this._text = _question.text;
  }

  getValue(): string {
    return this._text.trim();
  }

  protected override render(): React.ReactElement {
    return <Field {...this._question} onTyped={text => (this._text = text)} />;
  }

  private _text: string;
}

function Field(props: IBudgetQuestion & { onTyped: (text: string) => void }): React.ReactElement {
  const { text, problem, onTyped } = props;
  const id = useId();
  return (
    <div className="jp-FaasBudget-form">
      <label htmlFor={id}>USD per month</label>
      <input
        id={id}
        className="jp-FaasForm-field"
        defaultValue={text}
        inputMode="decimal"
        placeholder="20.00"
        autoComplete="off"
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note`}
        onChange={event => onTyped(event.target.value)}
      />
      {problem !== undefined && (
        <p className="jp-FaasForm-problem" role="alert">
          {problem}
        </p>
      )}
      <p id={`${id}-note`} className="jp-Faas-secondary jp-Faas-small">
        The cost view shows a warning if the monthly estimate exceeds the budget. Functions continue
        to run.
      </p>
    </div>
  );
}

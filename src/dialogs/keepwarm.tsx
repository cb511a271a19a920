import { Dialog, showDialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useId } from 'react';

export interface IKeepWarmQuestion {
  name: string;
  targetLabel: string;
  minutes: number;
  /** The monthly price, with the price list that it comes from. */
  price: string;
  prices: string;
  trigger: string;
  /** The initial text of the field: the parameters of the scheduled calls as JSON. */
  text: string;
  /** The origin of the initial text, as a sentence. */
  origin: string;
  /** The reason why the last typed text was invalid. */
  problem?: string;
}

/**
 * Ask whether to keep a function warm, and with which input. Resolves with the typed JSON, or null if
 * the user cancels.
 */
export async function askToKeepWarm(question: IKeepWarmQuestion): Promise<string | null> {
  const dialog = new KeepWarmDialog({
    title: `Keep ${question.name} warm for ${question.price} a month?`,
    body: new KeepWarmBody(question),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Keep warm' })],
    focusNodeSelector: 'textarea'
  });
  const { button, value } = await dialog.launch();
  return button.accept ? (value ?? '') : null;
}

class KeepWarmDialog extends Dialog<string> {
  protected override _evtKeydown(event: KeyboardEvent): void {
    // Enter in the field is a line break. JupyterLab 4.2 would accept the dialog.
    if (event.key !== 'Enter' || !(event.target instanceof HTMLTextAreaElement)) {
      super._evtKeydown(event);
    }
  }
}

class KeepWarmBody extends ReactWidget implements Dialog.IBodyWidget {
  constructor(private readonly _question: IKeepWarmQuestion) {
    super();
    this.addClass('jp-Faas');
    this._text = _question.text;
  }

  getValue(): string {
    return this._text;
  }

  protected override render(): React.ReactElement {
    return <Question {...this._question} onTyped={text => (this._text = text)} />;
  }

  private _text: string;
}

function Question(
  props: IKeepWarmQuestion & { onTyped: (text: string) => void }
): React.ReactElement {
  const { targetLabel, minutes, price, prices, trigger, text, origin, problem, onTyped } = props;
  const id = useId();
  return (
    <div className="jp-FaasBudget-form">
      <p>
        {`On ${targetLabel}, the trigger ${trigger} will call the function every ${minutes} minutes with this input. These calls have the same side effects as any other call. At the prices of ${prices}, this costs ${price} a month.`}
      </p>
      <label htmlFor={id}>Input (JSON)</label>
      <textarea
        id={id}
        className="jp-FaasForm-field jp-Faas-mono"
        defaultValue={text}
        rows={Math.min(8, text.split('\n').length + 1)}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? `${id}-note` : `${id}-problem ${id}-note`}
        onChange={event => onTyped(event.target.value)}
      />
      {problem !== undefined && (
        <p id={`${id}-problem`} className="jp-FaasForm-problem" role="alert">
          {problem}
        </p>
      )}
      <p id={`${id}-note`} className="jp-Faas-secondary jp-Faas-small">
        {origin}
      </p>
    </div>
  );
}

export async function askToStopKeepingWarm(name: string, trigger: string): Promise<boolean> {
  const answer = await showDialog({
    title: `Stop keeping ${name} warm?`,
    body: `The trigger ${trigger} and its rule are removed. After a period without calls, the next call is a cold start.`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Stop' })]
  });
  return answer.button.accept;
}

import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import type { IActivation } from '../api/types';
import type { ISchema, JsonObject } from '../api/values';
import type { IFormState } from '../components/run/invokeform';
import type { IActivationLink } from '../components/run/runstatus';
import { TryIt } from '../components/run/tryit';

export interface IInvokeOptions {
  name: string;
  /** The label of the target. */
  targetLabel: string;
  schema: ISchema | null;
  /** The initial parameters; null if there is no example. */
  example?: JsonObject | null;
  /** The content that the form had when it was last closed. */
  form?: IFormState;
  onEdited: (state: IFormState) => void;
  invoke: (params: JsonObject) => Promise<IActivation>;
  resume: () => Promise<IActivation> | null;
  /** End the call that began at `since`, and return what became of its run. */
  cancel: (since: number) => Promise<{ message: string }>;
  linkTo: (activation: IActivation, close: () => void) => IActivationLink;
}

/** Show a form that can invoke the function repeatedly. Resolves when the dialog is closed. */
export async function showInvokeDialog(options: IInvokeOptions): Promise<void> {
  const dialog: InvokeDialog = new InvokeDialog({
    title: `Invoke ${options.name} on ${options.targetLabel}`,
    body: new InvokeDialogBody(options, () => dialog.reject()),
    buttons: [Dialog.cancelButton({ label: 'Close' })],
    focusNodeSelector: 'input, select, textarea, .jp-mod-primary',
    hasClose: true
  });
  dialog.addClass('jp-FaasInvoke');
  await dialog.launch();
}

class InvokeDialog extends Dialog<unknown> {
  protected override _evtKeydown(event: KeyboardEvent): void {
    // Enter in a field must invoke the function. Without this, the dialog would accept and close.
    const inForm = event.target instanceof Element && event.target.closest('form') !== null;
    if (event.key !== 'Enter' || !inForm) {
      super._evtKeydown(event);
    }
  }
}

class InvokeDialogBody extends ReactWidget {
  constructor(
    private readonly _options: IInvokeOptions,
    private readonly _close: () => void
  ) {
    super();
    this.addClass('jp-Faas');
  }

  protected override render(): React.ReactElement {
    const { name, schema, example, form, onEdited, invoke, resume, cancel, linkTo } = this._options;
    return (
      <TryIt
        name={name}
        schema={schema}
        initial={form}
        examples={example ? [example] : []}
        onEdited={onEdited}
        invoke={invoke}
        resume={resume}
        cancel={cancel}
        linkTo={activation => linkTo(activation, this._close)}
      />
    );
  }
}

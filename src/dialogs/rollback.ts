import { Dialog, showDialog } from '@jupyterlab/apputils';

export interface IRollbackQuestion {
  name: string;
  /** The version as shown to the user, such as `v6`. */
  version: string;
  targetLabel: string;
  /** A sentence that says when and by whom the version was deployed. */
  origin: string;
}

export async function askToRollBack(question: IRollbackQuestion): Promise<boolean> {
  const { name, version, targetLabel, origin } = question;
  const answer = await showDialog({
    title: `Roll ${name} back to ${version}?`,
    body: `The package of ${version} is deployed to ${targetLabel} again as a new version, with the same limits, parameters and annotations.${origin && ` ${origin}`} The cell does not change.`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Roll back' })]
  });
  return answer.button.accept;
}

/**
 * Ask before overwriting a function. `message` says what someone else changed. Resolves with
 * whether the user agreed.
 */
export async function askToOverwrite(name: string, message: string): Promise<boolean> {
  const answer = await showDialog({
    title: `Overwrite ${name}?`,
    body: `${message} Rolling back replaces it with the earlier package.`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Overwrite' })]
  });
  return answer.button.accept;
}

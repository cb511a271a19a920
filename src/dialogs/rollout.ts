import { Dialog, showDialog } from '@jupyterlab/apputils';

import type { IRollout, RolloutEnd } from '../api/rollouts';

/** Ask before a roll-out ends. Resolves with whether the user agreed. */
export async function askToEndRollout(
  name: string,
  end: RolloutEnd,
  kind: IRollout['kind']
): Promise<boolean> {
  const promote = end === 'promote';
  const answer = await showDialog({
    title: promote ? `Promote the new version of ${name}?` : `Discard the new version of ${name}?`,
    body: promote
      ? `${name}-${kind} is deployed as ${name}, so all callers get the new version.`
      : kind === 'canary'
        ? `All callers get the version of ${name} that was deployed before the canary.`
        : `${name}-shadow is removed. ${name} does not change.`,
    buttons: [
      Dialog.cancelButton(),
      promote ? Dialog.okButton({ label: 'Promote' }) : Dialog.warnButton({ label: 'Discard' })
    ]
  });
  return answer.button.accept;
}

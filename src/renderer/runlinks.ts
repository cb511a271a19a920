/**
 * The ids of activations in tables, such as those of `%faas activations`. The kernel sends such a
 * table as HTML, which every front end shows. Here, a click on an id opens the activation. The
 * listeners are apart from the renderer of our own MIME type, because JupyterLab draws the HTML.
 */

import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';

import { stopEnterOnButtons } from '../components/button';

/** The attribute with the id, which `widgets/tables.py` sets on a button. */
const ATTRIBUTE = 'data-faas-activation';
/** HTML in an output may come from anyone, so nothing but an id is passed on. */
const ID = /^[0-9a-f]{32}$/;

/** Call `open` with the id of an activation that is clicked below `node`. */
export function openRunsOnClick(node: HTMLElement, open: (id: string) => void): IDisposable {
  const idOf = ({ target }: Event): string | null => {
    const button = target instanceof Element ? target.closest(`button[${ATTRIBUTE}]`) : null;
    const id = button?.getAttribute(ATTRIBUTE) ?? '';
    return ID.test(id) ? id : null;
  };
  const onClick = (event: MouseEvent): void => {
    const id = idOf(event);
    if (id !== null) {
      event.preventDefault();
      open(id);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (idOf(event) !== null) {
      stopEnterOnButtons(event);
    }
  };
  node.addEventListener('click', onClick);
  node.addEventListener('keydown', onKeyDown);
  return new DisposableDelegate(() => {
    node.removeEventListener('click', onClick);
    node.removeEventListener('keydown', onKeyDown);
  });
}

import { Clipboard, Notification, showErrorMessage } from '@jupyterlab/apputils';

import { errorWords } from '../api/errors';

/** Long enough to be seen, short enough not to be in the way. */
const COPIED_SHOWN_MS = 2000;

const DOWNLOAD_KEPT_MS = 60_000;

/** Carries out what the user asked; a refusal is shown with its own words. */
export async function told(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = errorWords(error);
    Notification.error([`${what} failed`, message, hint].filter(Boolean).join('\n'));
  }
}

/** As {@link told}, for refusals that are longer than a notification shows. */
export async function explained(title: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = errorWords(error);
    await showErrorMessage(title, [message, hint].filter(Boolean).join(' '));
  }
}

export function copyText(text: string, what = 'Copied'): void {
  Clipboard.copyToSystem(text);
  Notification.success(what, { autoClose: COPIED_SHOWN_MS });
}

/** Gives the browser a JSON file to keep. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // A browser that asks where it goes may read it later.
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_KEPT_MS);
}

/** Says what is being done for as long as it takes. */
export async function underWay<T>(words: string, work: () => Promise<T>): Promise<T> {
  const id = Notification.emit(words, 'in-progress', { autoClose: false });
  try {
    return await work();
  } finally {
    Notification.dismiss(id);
  }
}

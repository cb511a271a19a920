import { Clipboard, Notification, showErrorMessage } from '@jupyterlab/apputils';

import { describeError } from '../api/errors';

/** Short: the notification only confirms a click. */
const COPIED_NOTIFICATION_MS = 2000;

const DOWNLOAD_URL_MS = 60_000;

/** Do some work; show its error as a notification. */
export async function notifyOnError(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = describeError(error);
    Notification.error([`${what} failed`, message, hint].filter(Boolean).join('\n'));
  }
}

/** Like {@link notifyOnError}, but in a dialog, for long messages. */
export async function showErrorDialog(title: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = describeError(error);
    await showErrorMessage(title, [message, hint].filter(Boolean).join(' '));
  }
}

export function copyText(text: string, what = 'Copied'): void {
  Clipboard.copyToSystem(text);
  Notification.success(what, { autoClose: COPIED_NOTIFICATION_MS });
}

/** Download a JSON file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // A browser that asks for the folder reads the URL later.
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_URL_MS);
}

/** Show a notification while some work is in progress. */
export async function showProgress<T>(words: string, work: () => Promise<T>): Promise<T> {
  const id = Notification.emit(words, 'in-progress', { autoClose: false });
  try {
    return await work();
  } finally {
    Notification.dismiss(id);
  }
}

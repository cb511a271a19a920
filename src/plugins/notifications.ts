import { Clipboard, Notification, showErrorMessage } from '@jupyterlab/apputils';

import { describeError } from '../api/errors';

/** A short display time, because the notification only confirms a click. */
const COPIED_NOTIFICATION_MS = 2000;
/** Long enough to read several sentences. */
const LONG_NOTIFICATION_MS = 15_000;

const DOWNLOAD_URL_MS = 60_000;

/** Do some work, and show a notification if it fails. */
export async function notifyOnError(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = describeError(error);
    Notification.error([`${what} failed`, message, hint].filter(Boolean).join('\n'));
  }
}

/**
 * Do some work, and show a dialog if it fails. Unlike {@link notifyOnError}, this suits long
 * messages.
 */
export async function showErrorDialog(title: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = describeError(error);
    await showErrorMessage(title, [message, hint].filter(Boolean).join(' '));
  }
}

/** Show a warning that came with a result, if there is one. */
export function notifyOfWarning(warning: string | undefined): void {
  if (warning) {
    Notification.warning(warning, { autoClose: LONG_NOTIFICATION_MS });
  }
}

let lastCopied: string | undefined;

export function copyText(text: string, what = 'Copied'): void {
  Clipboard.copyToSystem(text);
  if (lastCopied !== undefined) {
    // Several copies in a row would cover the page with messages that say the same.
    Notification.dismiss(lastCopied);
  }
  lastCopied = Notification.success(what, { autoClose: COPIED_NOTIFICATION_MS });
}

/** Download text as a JSON file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // If the browser asks the user for a folder, it reads the URL later.
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

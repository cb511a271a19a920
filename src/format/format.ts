/**
 * Formats numbers, names and times as text. The functions do no I/O and take the current time as
 * the argument `now`.
 */

import type { MessagePart } from '../api/errors';

export const MISSING = '—';

/** Return a duration: `212 ms`, `1.603 s` below ten seconds, `49.09 s` from ten seconds. */
export function duration(ms: number | null): string {
  if (ms === null) {
    return MISSING;
  }
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  return ms < 10_000 ? `${(ms / 1000).toFixed(3)} s` : `${(ms / 1000).toFixed(2)} s`;
}

/** Return a forecast duration: `about 12 ms`, `about 0.4 s`, `about 49 s`. */
export function about(ms: number): string {
  if (ms < 100) {
    return `about ${Math.round(ms)} ms`;
  }
  return ms < 10_000 ? `about ${(ms / 1000).toFixed(1)} s` : `about ${(ms / 1000).toFixed(0)} s`;
}

/** Return a size in steps of 1,024 bytes: `412 B`, `61.3 kB`, `1.9 MB`. */
export function size(bytes: number): string {
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  const kilobytes = bytes / 1024;
  return kilobytes < 1000 ? `${kilobytes.toFixed(1)} kB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/**
 * Return a number with a separator between thousands, such as `3,891`. As in amounts of money, the
 * separator does not depend on the locale.
 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function memory(mb: number): string {
  return `${count(mb)} MB`;
}

/** Return a share as a percentage: `0.7%`, `<0.1%`. */
export function share(part: number): string {
  return part > 0 && part < 0.001 ? '<0.1%' : `${(part * 100).toFixed(1)}%`;
}

/** Return an amount of GB-s: `89,622`, `3.25` or `<0.01`. */
export function gbSeconds(amount: string): string {
  const value = Number(amount);
  if (value > 0 && value < 0.005) {
    return '<0.01';
  }
  const digits = value >= 100 ? 0 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  });
}

/** Return a version. OpenWhisk's `0.0.2` becomes `v2`; other version numbers stay unchanged. */
export function version(text: string): string {
  return `v${text.replace(/^0\.0\./, '')}`;
}

/** Return a short age: `now`, `12 s`, `2 m`, `3 h`, `4 d`. */
export function age(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000);
  if (seconds < 3) {
    return 'now';
  }
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} m`;
  }
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

const UNITS: { [unit: string]: string } = { s: 'second', m: 'minute', h: 'hour', d: 'day' };

/** Return an age for use in a sentence: `now`, `12 seconds ago`, `1 minute ago`. */
export function ageInWords(then: number, now: number): string {
  const [value, unit = ''] = age(then, now).split(' ');
  const word = UNITS[unit];
  return word === undefined ? 'just now' : `${plural(Number(value), word)} ago`;
}

/** Return the heading of a run's age group, for layouts without an age column. */
export function ageGroup(then: number, now: number): string {
  const minutes = (now - then) / 60_000;
  if (minutes < 1) {
    return 'Just now';
  }
  if (minutes < 5) {
    return 'Last 5 minutes';
  }
  if (minutes < 60) {
    return 'Last hour';
  }
  return minutes < 1440 ? 'Last 24 hours' : 'Earlier';
}

/** Return a time in the user's locale, such as `4:02 PM`. */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
}

/** Return a date in the user's locale, such as `Nov 24`. */
export function day(ms: number): string {
  return new Date(ms).toLocaleDateString([], { month: 'short', day: 'numeric' });
}

/** Return the month of `2026-11` in the user's locale, such as `November`. */
export function monthName(month: string): string {
  return new Date(`${month}-01T12:00:00`).toLocaleDateString([], { month: 'long' });
}

/** Return the date `2026-11-24` with its weekday in the user's locale, such as `Tue, Nov 24`. */
export function weekday(day: string): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString([], {
    weekday: 'short',
    month: 'short',
    day: 'numeric'
  });
}

/** Return the first letter of the weekday of `2026-11-24` in the user's locale, such as `T`. */
export function weekdayLetter(day: string): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString([], { weekday: 'narrow' });
}

/** Return a date with hour and minute in the user's locale, such as `Nov 24, 9:31 PM`. */
export function dayAndTime(ms: number): string {
  return `${day(ms)}, ${clock(ms)}`;
}

/** Return a message with its versions and times as the sidebar shows them: `v2`, `Nov 24, 9:31 PM`. */
export function localMessage(parts: readonly MessagePart[]): string {
  return parts
    .map(part =>
      typeof part === 'string'
        ? part
        : 'version' in part
          ? version(part.version)
          : dayAndTime(part.time)
    )
    .join('');
}

/** Return date and time for a tooltip, in the user's locale. */
export function moment(ms: number): string {
  return new Date(ms).toLocaleString();
}

/** Return a host's message with a full stop, so that another sentence can follow. */
export function asSentence(message: string): string {
  const text = message.trim();
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/**
 * Return a number with its noun: `1 activation`, `3 activations`. `nouns` is an irregular plural,
 * as in `4 tries`.
 */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** Return the first eight characters of an id, which is enough for people to recognize it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Return the order of magnitude of a difference, such as `2e-7`. */
export function magnitude(value: number): string {
  return value === 0 ? '0' : value.toExponential(0);
}

/**
 * Split a log line such as `2026-11-24T22:36:23.189Z stdout: hi` into time, stream and text. If the
 * line has another format, the whole line is the text.
 */
export function logLine(line: string): { stream: string; words: string; time: string } {
  const [head, time, stream] = /^(\S+)\s+(stdout|stderr):\s?/.exec(line) ?? [];
  return head !== undefined && time !== undefined && stream !== undefined
    ? { time, stream, words: line.slice(head.length) }
    : { time: '', stream: '', words: line };
}

/** Return the host of a URL, such as `openwhisk.lab.example`. */
export function hostOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}

/** Return the first characters of a long text, and the number of characters that were left out. */
export function truncate(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text.slice(0, most)}… ${count(text.length - most)} more characters`;
}

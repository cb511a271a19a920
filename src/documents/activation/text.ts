/**
 * The texts of a session's header and live region. Pure functions that take the current time as the
 * argument `now`.
 */

import type { ISession, ISessionStep } from '../../api/session';
import { count, duration, plural, version } from '../../format/format';

const DAY_MS = 86_400_000;

/** Return the time in the user's locale, such as `5:41:43 PM`. */
export function clockSeconds(ms: number): string {
  return new Date(ms).toLocaleTimeString([], {
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit'
  });
}

/** Return the time at which a line was printed, in the user's locale, such as `5:41:43.221 PM`. */
export function clockMs(ms: number): string {
  return new Date(ms).toLocaleTimeString([], {
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3
  });
}

/** Return `today`, `yesterday`, or a date such as `on Nov 24, 2026`. */
export function dayText(ms: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(ms)) / DAY_MS);
  if (days === 0) {
    return 'today';
  }
  return days === 1 ? 'yesterday' : `on ${new Date(ms).toLocaleDateString([], DATE)}`;
}

const DATE: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric' };

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Return when the activation started: `This activation started today at 5:41:43 PM`. */
export function startedSentence({ start }: ISession, now: number): string {
  return `This activation started ${dayText(start, now)} at ${clockSeconds(start)}`;
}

/**
 * Return the facts in the header: `Started today at 5:41:43 PM`, `composition v4`, `6 calls, 1
 * retried`, `ended 5:42:34 PM`.
 */
export function headerFacts(session: ISession, now: number): string[] {
  const { kind, start, end, activation } = session;
  const facts = [`Started ${dayText(start, now)} at ${clockSeconds(start)}`];
  const numbered = version(session.version);
  if (kind === 'function') {
    // A fired trigger has no kind because it did not run any code itself.
    facts.push(activation.kind === null && !session.running ? `trigger ${numbered}` : numbered);
    if (activation.memory_mb !== null) {
      facts.push(`${count(activation.memory_mb)} MB`);
    }
    return facts;
  }
  facts.push(`${kind} ${numbered}`, callsText(session));
  if (end !== null) {
    const later = midnight(end) !== midnight(start);
    facts.push(`ended ${later ? `${dayText(end, now)} at ` : ''}${clockSeconds(end)}`);
  }
  return facts;
}

/**
 * Return the number of calls and retries, such as `6 calls, 1 retried`. Failed calls are added if
 * not all of them were retried.
 */
export function callsText({ calls, retried, failed }: ISession): string {
  const more = [
    retried > 0 ? `${count(retried)} retried` : '',
    failed > retried ? `${count(failed)} failed` : ''
  ];
  return [plural(calls, 'call'), ...more].filter(Boolean).join(', ');
}

/** Return the announcement for screen readers while the session is running and when it ends. */
export function liveText(session: ISession): string {
  if (session.running) {
    return `${session.name} is running: ${callsText(session)} so far`;
  }
  const outcome = session.activation.ok ? 'succeeded' : 'failed';
  return `${session.name} ${outcome} after ${duration(session.elapsed_ms)}: ${callsText(session)}`;
}

export function sessionOutcome(session: ISession): 'running' | 'ok' | 'failed' {
  return session.running ? 'running' : session.activation.ok ? 'ok' : 'failed';
}

export function stepOutcome({ end, ok }: ISessionStep): 'running' | 'ok' | 'failed' {
  return end === null ? 'running' : ok ? 'ok' : 'failed';
}

/** What a session says of itself in words. `now` is an argument. Pure. */

import type { ISession, ISessionStep } from '../../api/session';
import { count, duration, plural, version } from '../../format/format';

const DAY_MS = 86_400_000;

/** `5:41:43 PM`, in the user's locale. */
export function clockSeconds(ms: number): string {
  return new Date(ms).toLocaleTimeString([], {
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit'
  });
}

/** `5:41:43.221 PM`: the time that a line was printed. */
export function clockMs(ms: number): string {
  return new Date(ms).toLocaleTimeString([], {
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3
  });
}

/** `today`, `yesterday`, or the date. */
export function dayWords(ms: number, now: number): string {
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

/** `This activation started Today at 5:41:43 PM`, the words of the talk. */
export function startedSentence({ start }: ISession, now: number): string {
  const day = dayWords(start, now);
  const word = day.startsWith('on ') ? day : `${day.charAt(0).toUpperCase()}${day.slice(1)}`;
  return `This activation started ${word} at ${clockSeconds(start)}`;
}

/** `Started today at 5:41:43 PM`, `composition v4`, `6 calls, 1 retried`, `ended 5:42:34 PM`. */
export function headFacts(session: ISession, now: number): string[] {
  const { kind, start, end, activation } = session;
  const facts = [`Started ${dayWords(start, now)} at ${clockSeconds(start)}`];
  const numbered = version(session.version);
  if (kind === 'function') {
    // A trigger that was fired: nothing of its own ran.
    facts.push(activation.kind === null && !session.running ? `trigger ${numbered}` : numbered);
    if (activation.memory_mb !== null) {
      facts.push(`${count(activation.memory_mb)} MB`);
    }
    return facts;
  }
  facts.push(`${kind} ${numbered}`, callsWords(session));
  if (end !== null) {
    const later = midnight(end) !== midnight(start);
    facts.push(`ended ${later ? `${dayWords(end, now)} at ` : ''}${clockSeconds(end)}`);
  }
  return facts;
}

/** `6 calls, 1 retried`; failures are named where not every one was tried again. */
export function callsWords({ calls, retried, failed }: ISession): string {
  const more = [
    retried > 0 ? `${count(retried)} retried` : '',
    failed > retried ? `${count(failed)} failed` : ''
  ];
  return [plural(calls, 'call'), ...more].filter(Boolean).join(', ');
}

/** For screen readers, while it runs and when it ended. */
export function liveWords(session: ISession): string {
  if (session.running) {
    return `${session.name} is running: ${callsWords(session)} so far`;
  }
  const outcome = session.activation.ok ? 'succeeded' : 'failed';
  return `${session.name} ${outcome} after ${duration(session.elapsed_ms)}: ${callsWords(session)}`;
}

export function outcomeOf(session: ISession): 'running' | 'ok' | 'failed' {
  return session.running ? 'running' : session.activation.ok ? 'ok' : 'failed';
}

export function stepOutcome({ end, ok }: ISessionStep): 'running' | 'ok' | 'failed' {
  return end === null ? 'running' : ok ? 'ok' : 'failed';
}

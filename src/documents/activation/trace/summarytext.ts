/**
 * The sentence above the waterfall, which says what matters most in this session. Pure functions.
 */

import type { ISession, ISessionStep } from '../../../api/session';
import { duration } from '../../../format/format';
import { amount, ratio, type IAmount, ZERO } from '../../../format/money';
import { isOverhead } from '../../../format/overhead';
import { stepCost, chargedRuns, type IStepNode } from '../steptree';

export interface ITraceSummary {
  tone: 'cold' | 'error' | 'busy' | 'plain';
  /** The text of the sentence before an emphasized name; the name and the text after it follow. */
  before: string;
  name: string;
  after: string;
}

/** The minimum share of the time that a cold start must take to be mentioned. */
const MIN_COLD_SHARE = 0.1;

/** Return the sentence, or null if nothing stands out. */
export function traceSummary(session: ISession, tree: IStepNode): ITraceSummary | null {
  if (session.running) {
    return runningSummary(session);
  }
  if (!session.activation.ok) {
    return failureSummary(session);
  }
  const runs = chargedRuns(tree);
  return coldStartSummary(session, runs) ?? longestCallSummary(session, runs);
}

function runningSummary({ steps, name }: ISession): ITraceSummary {
  const open = [...steps].reverse().find(step => step.end === null && step.role === 'action');
  const last = [...steps].reverse().find(step => step.role === 'action');
  if (open) {
    return { tone: 'busy', before: 'Waiting for ', name: open.name, after: '.' };
  }
  return last
    ? { tone: 'busy', before: '', name: last.name, after: ' was the last call that ended.' }
    : { tone: 'busy', before: '', name, after: ' is still running.' };
}

function failureSummary({ steps, activation, kind }: ISession): ITraceSummary {
  const failed = [...steps].reverse().find(step => !step.ok && step.role === 'action');
  const own = errorOf(activation.result) ?? activation.status;
  if (kind === 'function' || failed === undefined) {
    return {
      tone: 'error',
      before: '',
      name: activation.name,
      after: ` failed: ${firstLine(own)}`
    };
  }
  return {
    tone: 'error',
    before: 'The last call that failed was ',
    name: failed.name,
    after: `: ${firstLine(failed.error ?? failed.status)}`
  };
}

function coldStartSummary(session: ISession, runs: ISessionStep[]): ITraceSummary | null {
  // A conductor and its waits are not calls, so their starts do not make a session cold.
  const cold = runs.filter(step => !isOverhead(step) && (step.init_ms ?? 0) > 0);
  const [worst] = [...cold].sort((one, other) => (other.init_ms ?? 0) - (one.init_ms ?? 0));
  if (worst === undefined || session.elapsed_ms <= 0) {
    return null;
  }
  const time = (worst.init_ms ?? 0) / session.elapsed_ms;
  if (time < MIN_COLD_SHARE) {
    return null;
  }
  const price = ratio(stepCost(worst), total(session, runs)) * initShare(worst);
  const shares = `accounts for ${percent(time)} of the time and ${percent(price)} of the cost.`;
  return session.kind === 'function'
    ? { tone: 'cold', before: `The cold start ${shares}`, name: '', after: '' }
    : { tone: 'cold', before: 'The cold start of ', name: worst.name, after: ` ${shares}` };
}

function longestCallSummary(session: ISession, runs: ISessionStep[]): ITraceSummary | null {
  if (session.kind === 'function' || session.elapsed_ms <= 0) {
    return null;
  }
  const actions = runs.filter(step => step.role === 'action' && step.duration_ms !== null);
  const [longest] = [...actions].sort(
    (one, other) => (other.duration_ms ?? 0) - (one.duration_ms ?? 0)
  );
  if (longest === undefined) {
    return null;
  }
  const time = Math.min(1, (longest.duration_ms ?? 0) / session.elapsed_ms);
  const price = ratio(stepCost(longest), total(session, runs));
  return {
    tone: 'plain',
    before: '',
    name: longest.name,
    after: ` took longest: ${duration(longest.duration_ms)}, ${percent(time)} of the time and ${percent(price)} of the cost.`
  };
}

/**
 * Return the share of the init in the duration. It is also its share of the cost, because cold
 * starts are charged by the ms.
 */
function initShare({ init_ms, duration_ms }: ISessionStep): number {
  return duration_ms ? Math.min(1, (init_ms ?? 0) / duration_ms) : 0;
}

function total({ cost }: ISession, runs: ISessionStep[]): IAmount {
  if (cost.per_million_usd !== null) {
    return amount(cost.per_million_usd);
  }
  const [only] = runs;
  return only ? stepCost(only) : ZERO;
}

function percent(part: number): string {
  return part > 0 && part < 0.01 ? '<1%' : `${Math.round(part * 100)}%`;
}

/** Return the first line of an error, shortened to fit into a sentence. */
function firstLine(words: string): string {
  const line = words.split('\n', 1)[0] ?? '';
  return line.length > 140 ? `${line.slice(0, 140)}…` : line;
}

function errorOf(result: unknown): string | null {
  const { error } = (typeof result === 'object' && result !== null ? result : {}) as {
    error?: unknown;
  };
  return typeof error === 'string' ? error : null;
}

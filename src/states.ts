/**
 * What a function's badge says, from the four sides of drift: the live text of its cell, what the
 * kernel executed, the values it captured then, and what the target holds.
 */

import type { ICardDeployed, IDeployedFunction, IKernelFunction } from './api/types';
import { clock, size, version } from './format';
import type { IconName } from './icons';

export type FunctionState = 'not-deployed' | 'deployed' | 'changed' | 'refitted' | 'unknown';

export interface IStanding {
  state: FunctionState;
  /** Whether the cell must run before its function can be deployed. */
  needsRun: boolean;
}

export interface IEvidence {
  /** The cell's text as it stands on the screen. */
  text: string;
  /** Of a text, as in {@link IDeployedFunction.source}; called only where it decides. */
  hash: (text: string) => string;
  kernel: IKernelFunction | null;
  deployed: IDeployedFunction | null;
  /** False while the target's functions are not known, or known only from before it was lost. */
  known: boolean;
}

export function standing({ text, hash, kernel, deployed, known }: IEvidence): IStanding {
  const edited = kernel === null || kernel.source_text !== text;
  const refitted = kernel !== null && kernel.stale.length > 0;
  const needsRun = edited || refitted;
  if (!known) {
    return { state: 'unknown', needsRun };
  }
  if (deployed === null) {
    return { state: 'not-deployed', needsRun };
  }
  if (kernel === null) {
    return { state: hash(text) === deployed.source ? 'deployed' : 'changed', needsRun };
  }
  if (edited) {
    return { state: 'changed', needsRun };
  }
  if (refitted) {
    return { state: 'refitted', needsRun };
  }
  return { state: kernel.bundle === deployed.bundle ? 'deployed' : 'changed', needsRun };
}

/** The state of a package that no cell stands for, as in a saved card. */
export function packageState(
  bundle: string,
  deployed: Pick<ICardDeployed, 'bundle'> | null,
  known: boolean
): FunctionState {
  if (!known) {
    return 'unknown';
  }
  if (deployed === null) {
    return 'not-deployed';
  }
  return deployed.bundle === bundle ? 'deployed' : 'changed';
}

export type JobPhase = 'waiting' | 'running' | 'packaging' | 'sending' | 'failed';

/** A deploy under way, or one that failed and was not dismissed. */
export interface IDeployJob {
  phase: JobPhase;
  /** Bytes of the package, once known. */
  size: number | null;
  /** Why it failed, and what to do. */
  message: string;
  hint: string;
}

export function isBusy(job: IDeployJob | null): boolean {
  return job !== null && job.phase !== 'failed';
}

export type Tone = 'ok' | 'warn' | 'error' | 'busy' | 'plain';

export interface IBadge {
  icon: IconName;
  tone: Tone;
  /** In a list: `Changed since deploy`. */
  words: string;
  /** The part of {@link words} that stays where there is no room: `Changed`. */
  short: string;
  /** Beside a cell: `Changed since v7`. */
  cell: string;
  /** What may follow the words in a list. */
  detail: string;
}

export interface IBadgeFacts {
  job: IDeployJob | null;
  version: string | null;
  /** When the target was last heard of, for functions whose state is not known. */
  seen: number | null;
  detail?: string;
}

const WORDS: { [state in FunctionState]: [IconName, Tone, string, string] } = {
  'not-deployed': ['ring', 'plain', 'Not deployed', 'Not deployed'],
  deployed: ['disc-check', 'ok', 'Deployed', 'Deployed'],
  changed: ['triangle', 'warn', 'Changed since deploy', 'Changed'],
  refitted: ['triangle', 'warn', 'Model refitted since packaging', 'Model refitted'],
  unknown: ['broken-ring', 'plain', 'Unknown', 'Unknown']
};

const PHASES: { [phase in JobPhase]: string } = {
  waiting: 'Waiting for the kernel…',
  running: 'Running the cell…',
  packaging: 'Packaging…',
  sending: 'Deploying…',
  failed: 'Deploy failed'
};

export function badge(state: FunctionState, facts: IBadgeFacts): IBadge {
  const { job } = facts;
  if (job !== null) {
    const words = PHASES[job.phase];
    const failed = job.phase === 'failed';
    const sent = job.phase === 'sending' && job.size !== null ? size(job.size) : '';
    return {
      icon: failed ? 'disc-cross' : 'arc',
      tone: failed ? 'error' : 'busy',
      words,
      short: words,
      cell: sent ? `${words} ${sent}` : words,
      detail: sent
    };
  }
  const [icon, tone, words, short] = WORDS[state];
  const label = facts.version === null ? null : version(facts.version);
  const cells: { [state in FunctionState]: string } = {
    'not-deployed': words,
    deployed: label === null ? words : `Deployed ${label}`,
    changed: label === null ? words : `Changed since ${label}`,
    refitted: 'Model refitted',
    unknown: words
  };
  const detail =
    state === 'unknown'
      ? facts.seen === null
        ? ''
        : `last seen ${clock(facts.seen)}`
      : state === 'changed' || state === 'refitted'
        ? ''
        : (facts.detail ?? '');
  return { icon, tone, words, short, cell: cells[state], detail };
}

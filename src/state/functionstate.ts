/**
 * What a function's badge says, from the four sides of drift: the live text of its cell, what the
 * kernel executed, the values it captured then, and what the target holds.
 */

import type { ICardDeployed } from '../api/card';
import type { IDeployedFunction, IKernelFunction } from '../api/types';
import { clock, shortId, size, version } from '../format/format';
import type { IconName } from '../icons';

export type FunctionState =
  'not-deployed' | 'deployed' | 'changed' | 'refitted' | 'elsewhere' | 'unknown';

/** One side of drift. `ok` is null where there is nothing to compare. */
export interface ISide {
  name: string;
  ok: boolean | null;
  words: string;
}

export interface IStanding {
  state: FunctionState;
  /** Whether the cell must run before its function can be deployed. */
  needsRun: boolean;
  /** Each of the four sides by itself, the cell first. */
  sides: readonly ISide[];
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

export function standing(evidence: IEvidence): IStanding {
  const { text, kernel } = evidence;
  const edited = kernel === null || kernel.source_text !== text;
  const refitted = kernel !== null && kernel.stale.length > 0;
  return { state: stateOf(evidence), needsRun: edited || refitted, sides: sidesOf(evidence) };
}

function stateOf({ text, hash, kernel, deployed, known }: IEvidence): FunctionState {
  if (!known) {
    return 'unknown';
  }
  if (deployed === null) {
    return 'not-deployed';
  }
  if (deployed.elsewhere) {
    return 'elsewhere';
  }
  if (kernel === null) {
    return hash(text) === deployed.source ? 'deployed' : 'changed';
  }
  if (kernel.source_text !== text) {
    return 'changed';
  }
  if (kernel.stale.length > 0) {
    return 'refitted';
  }
  return kernel.bundle === deployed.bundle ? 'deployed' : 'changed';
}

function sidesOf(evidence: IEvidence): ISide[] {
  const { text, kernel, deployed, known } = evidence;
  const edited = kernel !== null && kernel.source_text !== text;
  const cell: ISide = {
    name: 'Cell',
    ok: kernel === null ? null : !edited,
    words:
      kernel === null
        ? 'Not run in this kernel'
        : edited
          ? 'Edited since it last ran'
          : 'As it last ran'
  };
  const values: ISide = {
    name: 'Values',
    ok: kernel === null ? null : kernel.stale.length === 0,
    words: kernel === null ? 'Not known without a run' : valuesWords(kernel)
  };
  return [cell, runSide(evidence), values, targetSide(known ? deployed : null, known)];
}

function runSide({ text, hash, kernel, deployed, known }: IEvidence): ISide {
  const name = 'Last run';
  const there = known ? deployed : null;
  if (kernel === null) {
    const same = there === null ? null : hash(text) === there.source;
    const words = same ? 'None here; the text of the cell is the deployed one' : 'None here';
    return { name, ok: same, words };
  }
  const packaged = `Packaged ${shortId(kernel.bundle)}`;
  if (there === null) {
    return { name, ok: null, words: packaged };
  }
  const same = kernel.bundle === there.bundle;
  return { name, ok: same, words: `${packaged}, ${same ? 'as' : 'not what is'} deployed` };
}

function valuesWords({ stale, models }: IKernelFunction): string {
  if (stale.length === 0) {
    return 'As packaged';
  }
  const refitted = stale.every(one => models?.includes(one));
  return refitted ? MODEL_REFITTED : `${stale.join(', ')} changed since packaging`;
}

function targetSide(deployed: IDeployedFunction | null, known: boolean): ISide {
  const name = 'Target';
  if (!known) {
    return { name, ok: null, words: 'Does not answer' };
  }
  if (deployed === null) {
    return { name, ok: null, words: 'Not deployed' };
  }
  const holds = `Holds ${version(deployed.version)}`;
  if (deployed.elsewhere) {
    return { name, ok: false, words: `${holds}, which was not put there from here` };
  }
  return deployed.bundle === null
    ? { name, ok: null, words: `${holds}, made with another tool` }
    : { name, ok: true, words: `${holds}, package ${shortId(deployed.bundle)}` };
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

export function hasFailed(job: IDeployJob | null): boolean {
  return job?.phase === 'failed';
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
  /** For a tooltip: the words, and below them each side that is known. */
  title: string;
}

export interface IBadgeFacts {
  job: IDeployJob | null;
  version: string | null;
  /** When the target was last heard of, for functions whose state is not known. */
  seen: number | null;
  detail?: string;
  /** Of a cell's function: where its four sides stand. */
  sides?: readonly ISide[];
}

const MODEL_REFITTED = 'Model refitted since packaging';

const WORDS: { [state in FunctionState]: [IconName, Tone, string, string] } = {
  'not-deployed': ['ring', 'plain', 'Not deployed', 'Not deployed'],
  deployed: ['disc-check', 'ok', 'Deployed', 'Deployed'],
  changed: ['triangle', 'warn', 'Changed since deploy', 'Changed'],
  refitted: ['triangle', 'warn', MODEL_REFITTED, 'Model refitted'],
  elsewhere: ['triangle', 'warn', 'Changed elsewhere', 'Changed'],
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
      detail: sent,
      title: words
    };
  }
  const [icon, tone, stateWords, stateShort] = WORDS[state];
  // It need not be a model that changed.
  const values = facts.sides?.find(side => side.name === 'Values' && side.ok === false)?.words;
  const named = state === 'refitted' && values !== undefined && values !== MODEL_REFITTED;
  const words = named ? values : stateWords;
  const short = named ? 'Values changed' : stateShort;
  const label = facts.version === null ? null : version(facts.version);
  const cells: { [state in FunctionState]: string } = {
    'not-deployed': words,
    deployed: label === null ? words : `Deployed ${label}`,
    changed: label === null ? words : `Changed since ${label}`,
    refitted: short,
    elsewhere: words,
    unknown: words
  };
  const detail =
    state === 'unknown'
      ? facts.seen === null
        ? ''
        : `last seen ${clock(facts.seen)}`
      : state === 'changed' || state === 'refitted' || state === 'elsewhere'
        ? ''
        : (facts.detail ?? '');
  const lines = (facts.sides ?? []).map(side => `${side.name}: ${side.words}`);
  return {
    icon,
    tone,
    words,
    short,
    cell: cells[state],
    detail,
    title: [words, ...lines].join('\n')
  };
}

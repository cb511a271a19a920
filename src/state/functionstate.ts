/**
 * Drift: whether a function's cell, its kernel and the target still agree, and the badge that shows
 * the result.
 *
 * Four sides are compared. (1) The current text of the cell is compared with the text that the
 * kernel executed. (2) The bundle that this run packaged is compared with the deployed bundle. (3)
 * The captured values are compared with the values at packaging; the kernel reports changed values
 * as stale. (4) The deployed version is compared with the version that this server deployed.
 *
 * If several sides differ, the badge shows the first of these: a change elsewhere, a deploy from
 * another notebook, an edited cell, changed values, another bundle. Without a kernel, the hash of the cell's text is compared with
 * the hash of the deployed source instead.
 */

import type { IDeployedBundle } from '../api/card';
import type { IDeployedFunction, IKernelFunction } from '../api/types';
import { clock, shortId, size, version } from '../format/format';
import type { IconName } from '../icons';

export type FunctionState =
  | 'not-packaged'
  | 'not-deployed'
  | 'deployed'
  | 'changed'
  | 'refitted'
  | 'elsewhere'
  | 'other-notebook'
  | 'unknown';

/** One of the four sides of drift. `ok` is null if there is nothing to compare. */
export interface IDriftSide {
  name: string;
  ok: boolean | null;
  text: string;
}

export interface IFunctionStatus {
  state: FunctionState;
  /** Whether the cell must run before its function can be deployed. */
  needsRun: boolean;
  /** The four sides of drift, starting with the cell. */
  sides: readonly IDriftSide[];
}

export interface IStatusInputs {
  /** The current text of the cell. */
  text: string;
  /**
   * Hash a text in the same way as {@link IDeployedFunction.source}. Called only if the hash is
   * needed.
   */
  hash: (text: string) => string;
  kernel: IKernelFunction | null;
  deployed: IDeployedFunction | null;
  /** Whether the target's list of functions is up to date. */
  known: boolean;
  /** Whether the function was deployed from another notebook. */
  fromOther?: boolean;
  /** Whether the last run of the cell, with this text, failed. */
  failed?: boolean;
}

export function functionStatus(evidence: IStatusInputs): IFunctionStatus {
  const { text, kernel, fromOther } = evidence;
  const edited = kernel === null || kernel.source_text !== text;
  const refitted = kernel !== null && kernel.stale.length > 0;
  const own = stateOf(evidence);
  const state = fromOther && (own === 'changed' || own === 'refitted') ? 'other-notebook' : own;
  return { state, needsRun: edited || refitted, sides: driftSides(evidence, state) };
}

function stateOf({ text, hash, kernel, deployed, known, failed }: IStatusInputs): FunctionState {
  if (!known) {
    return 'unknown';
  }
  // A cell can also fail after its packaging, for example because `--deploy` is refused.
  if (failed && kernel?.source_text !== text) {
    return 'not-packaged';
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
  return isFrom(kernel.bundle, deployed) ? 'deployed' : 'changed';
}

function driftSides(evidence: IStatusInputs, state: FunctionState): IDriftSide[] {
  const { text, kernel, deployed, known } = evidence;
  const edited = kernel !== null && kernel.source_text !== text;
  const cell: IDriftSide = {
    name: 'Cell',
    ok: state === 'not-packaged' ? false : kernel === null ? null : !edited,
    text:
      state === 'not-packaged'
        ? 'Its last run failed'
        : kernel === null
          ? 'Not run in this kernel'
          : edited
            ? 'Edited since it last ran'
            : 'Unchanged since it last ran'
  };
  const values: IDriftSide = {
    name: 'Values',
    ok: kernel === null ? null : kernel.stale.length === 0,
    text: kernel === null ? 'Not known until the cell runs' : valuesText(kernel)
  };
  const target = targetSide(known ? deployed : null, known);
  if (state === 'other-notebook') {
    Object.assign(target, {
      ok: false,
      text: `Deployed from ${deployed?.notebook ?? 'another notebook'}`
    });
  }
  return [cell, lastRunSide(evidence), values, target];
}

function lastRunSide({ text, hash, kernel, deployed, known }: IStatusInputs): IDriftSide {
  const name = 'Last run';
  const there = known ? deployed : null;
  if (kernel === null) {
    const same = there === null ? null : hash(text) === there.source;
    const words = same
      ? 'Not run in this kernel, but the cell’s current text is deployed'
      : 'Not run in this kernel';
    return { name, ok: same, text: words };
  }
  const packaged = `Packaged ${shortId(kernel.bundle)}`;
  if (there === null) {
    return { name, ok: null, text: packaged };
  }
  const same = isFrom(kernel.bundle, there);
  return { name, ok: same, text: `${packaged}, ${same ? 'deployed' : 'not deployed'}` };
}

function valuesText({ stale, models }: IKernelFunction): string {
  if (stale.length === 0) {
    return 'Unchanged since packaging';
  }
  const refitted = stale.every(one => models?.includes(one));
  return refitted ? MODEL_REFITTED : `${stale.join(', ')} changed since packaging`;
}

function targetSide(deployed: IDeployedFunction | null, known: boolean): IDriftSide {
  const name = 'Target';
  if (!known) {
    return { name, ok: null, text: 'Not known' };
  }
  if (deployed === null) {
    return { name, ok: null, text: 'Not deployed' };
  }
  const holds = `Has ${version(deployed.version)}`;
  if (deployed.elsewhere) {
    return { name, ok: false, text: `${holds}, not deployed from this machine` };
  }
  return deployed.bundle === null
    ? { name, ok: null, text: `${holds}, deployed with another tool` }
    : { name, ok: true, text: `${holds}, package ${shortId(deployed.bundle)}` };
}

/** Return whether an action was deployed from a bundle, unchanged or adapted to the target. */
export function isFrom(bundle: string, deployed: IDeployedBundle): boolean {
  return bundle === deployed.bundle || bundle === deployed.packaged;
}

/** Return the state of a package whose cell is not known, as in a saved card. */
export function packageState(
  bundle: string,
  deployed: IDeployedBundle | null,
  known: boolean
): FunctionState {
  if (!known) {
    return 'unknown';
  }
  if (deployed === null) {
    return 'not-deployed';
  }
  return isFrom(bundle, deployed) ? 'deployed' : 'changed';
}

export type JobPhase = 'waiting' | 'running' | 'packaging' | 'sending' | 'failed';

/** A deploy that is in progress, or that failed and was not dismissed. */
export interface IDeployJob {
  phase: JobPhase;
  /** The size of the package in bytes; null until it is known. */
  size: number | null;
  /** The reason for the failure, and how to fix it. */
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
  /** The text in a list: `Changed since deploy`. */
  text: string;
  /** A shorter text for narrow layouts: `Changed`. */
  shortText: string;
  /** The text next to a cell, such as `Changed since v7`. */
  cellText: string;
  /** Additional text that follows `text` in a list. */
  detail: string;
  /** The tooltip, which has the text and one line for each known side. */
  title: string;
}

export interface IBadgeInputs {
  job: IDeployJob | null;
  version: string | null;
  /**
   * The time when the list of functions was last received, for functions whose state is unknown.
   */
  seen: number | null;
  detail?: string;
  /** The four sides of drift; set if the function has a cell. */
  sides?: readonly IDriftSide[];
}

const MODEL_REFITTED = 'Model refitted since packaging';

const STATE_BADGES: { [state in FunctionState]: [IconName, Tone, string, string] } = {
  'not-packaged': ['warning', 'warn', 'Not packaged', 'Not packaged'],
  'not-deployed': ['ring', 'plain', 'Not deployed', 'Not deployed'],
  deployed: ['disc-check', 'ok', 'Deployed', 'Deployed'],
  changed: ['triangle', 'warn', 'Changed since deploy', 'Changed'],
  refitted: ['triangle', 'warn', MODEL_REFITTED, 'Model refitted'],
  elsewhere: ['triangle', 'warn', 'Changed elsewhere', 'Changed'],
  'other-notebook': ['triangle', 'warn', 'Deployed from another notebook', 'Other notebook'],
  unknown: ['broken-ring', 'plain', 'Unknown', 'Unknown']
};

const PHASE_TEXTS: { [phase in JobPhase]: [string, string] } = {
  waiting: ['Waiting for the kernel…', 'Waiting…'],
  running: ['Running the cell…', 'Running…'],
  packaging: ['Packaging…', 'Packaging…'],
  sending: ['Deploying…', 'Deploying…'],
  failed: ['Deploy failed', 'Failed']
};

export function badge(state: FunctionState, facts: IBadgeInputs): IBadge {
  const { job } = facts;
  if (job !== null) {
    const [words, short] = PHASE_TEXTS[job.phase];
    const failed = job.phase === 'failed';
    const sent = job.phase === 'sending' && job.size !== null ? size(job.size) : '';
    return {
      icon: failed ? 'disc-cross' : 'arc',
      tone: failed ? 'error' : 'busy',
      text: words,
      shortText: short,
      cellText: sent ? `${words} ${sent}` : words,
      detail: sent,
      title: words
    };
  }
  const [icon, tone, stateWords, stateShort] = STATE_BADGES[state];
  // If values other than models changed, the text names these values.
  const values = facts.sides?.find(side => side.name === 'Values' && side.ok === false)?.text;
  const named = state === 'refitted' && values !== undefined && values !== MODEL_REFITTED;
  const origin = facts.sides?.find(side => side.name === 'Target')?.text;
  const fromOther = state === 'other-notebook' && origin !== undefined;
  const words = named ? values : fromOther ? origin : stateWords;
  const short = named ? 'Values changed' : stateShort;
  const label = facts.version === null ? null : version(facts.version);
  const cells: { [state in FunctionState]: string } = {
    'not-packaged': words,
    'not-deployed': words,
    deployed: label === null ? words : `Deployed ${label}`,
    changed: label === null ? words : `Changed since ${label}`,
    refitted: short,
    elsewhere: words,
    'other-notebook': words,
    unknown: words
  };
  const detail =
    state === 'unknown'
      ? facts.seen === null
        ? ''
        : `last seen ${clock(facts.seen)}`
      : state === 'deployed' || state === 'not-deployed'
        ? (facts.detail ?? '')
        : '';
  const lines = (facts.sides ?? []).map(side => `${side.name}: ${side.text}`);
  return {
    icon,
    tone,
    text: words,
    shortText: short,
    cellText: cells[state],
    detail,
    title: [words, ...lines].join('\n')
  };
}

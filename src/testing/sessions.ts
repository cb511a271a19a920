/**
 * Sessions for tests: the example of the design, and functions that build steps of other sessions.
 */

import type { ISession, ISessionStep } from '../api/session';
import { perMillion, usd } from '../format/money';
import { ASSET, ASSET_NODES } from './compositions';
import { sample } from './sampledata';

const plain = sample<ISession>('session');

export const START = Date.parse('2026-11-24T17:41:43.012Z');
export const SESSION_ID = plain.id;

export interface IStepFacts extends Partial<ISessionStep> {
  name: string;
  /** The start in ms since the start of the session. */
  at: number;
  ms: number;
}

let last = 0;

/**
 * Return a step. By default it is a successful warm call with 512 MB; `facts` override this. The
 * price is computed as on the server.
 */
export function step({ at, ms, ...facts }: IStepFacts): ISessionStep {
  const memory = facts.memory_mb ?? 512;
  const billed = Math.max(100, Math.ceil(ms / 100) * 100);
  const price = perMillion(plain.prices, memory, billed);
  const digits = price.units.toString().padStart(price.scale + 1, '0');
  const group = facts.kind === 'sequence';
  last += 1;
  return {
    id: last.toString(16).padStart(32, '0'),
    version: '0.0.2',
    kind: 'python:3.11',
    start: START + at,
    end: START + at + ms,
    duration_ms: ms,
    init_ms: null,
    wait_ms: null,
    cold: facts.init_ms !== undefined,
    status: 'success',
    ok: true,
    memory_mb: memory,
    billed_ms: group ? null : billed,
    cost_per_million_usd: group
      ? null
      : `${digits.slice(0, -price.scale)}.${digits.slice(-price.scale)}`,
    cost_text: group ? null : usd(price),
    cause: facts.parent ?? SESSION_ID,
    role: 'action',
    parent: SESSION_ID,
    path: null,
    nth: 1,
    error: null,
    visited: [],
    ...facts
  };
}

/**
 * The example of the trace: an asset is fetched at the second try, cropped after a cold start, and
 * stored.
 */
export function assetCreated(): ISession {
  const conductors = [2, 231, 390, 443, 50_757, 50_778, 50_881].map(at =>
    step({ name: 'asset_created', at, ms: 3, role: 'conductor', nth: null })
  );
  const failed = { ok: false, status: 'application error', error: '504 Gateway Timeout' };
  const crop = { wait_ms: 1210, init_ms: 46_880, memory_mb: 3891 };
  const calls = [
    step({ name: 'fetch_asset', at: 17, ms: 212, wait_ms: 8, path: '.body[0][0]', ...failed }),
    step({ name: 'fetch_asset', at: 240, ms: 148, wait_ms: 5, path: '.body[0][0]', nth: 2 }),
    step({ name: 'has_person', at: 400, ms: 41, wait_ms: 6, path: '.body[1].test' }),
    step({ name: 'smart_body_crop', at: 1665, ms: 49_090, path: '.body[1].consequent', ...crop }),
    step({ name: 'sentiment', at: 50_765, ms: 11, wait_ms: 7, path: '.body[2]' }),
    step({ name: 'store_asset', at: 50_785, ms: 96, wait_ms: 5, path: '.body[3]' })
  ];
  return {
    ...plain,
    activation: {
      ...plain.activation,
      start: START,
      end: START + 50_884,
      result: { output_url: 's3://assets/4711-crop.jpg', sentiment: 'positive' }
    },
    calls: 6,
    start: START,
    end: START + 50_884,
    elapsed_ms: 50_884,
    cost: { ...plain.cost, per_million_usd: '3184.4474853515625', text: '$3,184.45' },
    steps: [...calls, ...conductors].sort((one, other) => one.start - other.start),
    graph: ASSET,
    nodes: ASSET_NODES,
    logs: []
  };
}

export function named(session: ISession, name: string, nth = 0): ISessionStep {
  const found = session.steps.filter(one => one.name === name && one.role === 'action')[nth];
  if (!found) {
    throw new Error(`There is no step ${name}.`);
  }
  return found;
}

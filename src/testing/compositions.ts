import type { IAstNode } from '../api/composition';
import type { ISessionStep } from '../api/session';

/** Compositions for tests, as OpenWhisk Composer writes them. */
export const action = (name: string): IAstNode => ({ type: 'action', name: `/_/${name}` });

export const code = (text: string, kind = 'python:3'): IAstNode => ({
  type: 'function',
  function: { exec: { kind, code: text } }
});

export const sequence = (...components: IAstNode[]): IAstNode => ({ type: 'sequence', components });

export const when = (test: IAstNode, consequent: IAstNode, alternate: IAstNode): IAstNode => ({
  type: 'if',
  test,
  consequent,
  alternate
});

export const EMPTY: IAstNode = { type: 'empty' };

/** The example composition of the design. */
export const ASSET: IAstNode = {
  type: 'try',
  body: sequence(
    { type: 'retry', count: 2, components: [action('fetch_asset')] },
    when(action('has_person'), action('smart_body_crop'), action('center_crop')),
    action('sentiment'),
    action('store_asset')
  ),
  handler: action('notify_failed')
};

const once = { visits: 1, failed: 0 };

export const ASSET_NODES = {
  '': once,
  '.body': once,
  '.body[0]': once,
  '.body[0][0]': { visits: 2, failed: 1 },
  '.body[1]': once,
  '.body[1].test': once,
  '.body[1].consequent': once,
  '.body[2]': once,
  '.body[3]': once
};

export function step(path: string, more: Partial<ISessionStep> = {}): ISessionStep {
  return {
    id: `step at ${path}`,
    name: 'step',
    version: '0.0.1',
    kind: 'python:3.11',
    start: 0,
    end: 10,
    duration_ms: 10,
    init_ms: null,
    wait_ms: null,
    cold: false,
    status: 'success',
    ok: true,
    memory_mb: 256,
    billed_ms: 100,
    cost_per_million_usd: null,
    cost_text: null,
    cause: null,
    role: 'action',
    parent: 'session',
    path,
    nth: 1,
    error: null,
    visited: [],
    ...more
  };
}

/** A composition with every combinator and an unknown combinator of a newer composer. */
export const EVERY: IAstNode = sequence(
  {
    type: 'let',
    declarations: { n: 3, url: '' },
    components: [code('lambda p: p'), { type: 'mask', components: [action('masked')] }]
  },
  { type: 'while', test: code('def more(p):\n  return n > 0'), body: action('work') },
  { type: 'dowhile', body: action('poll'), test: code('p => p.done', 'nodejs:default') },
  when(action('check'), action('only_then'), EMPTY),
  { type: 'finally', body: action('risky'), finalizer: action('clean') },
  { type: 'try', body: action('brave'), handler: action('cure') },
  { type: 'parallel', components: [action('left'), sequence(action('mid'), action('dle')), EMPTY] },
  { type: 'map', components: [action('each')] },
  { type: 'async', components: [action('later')] },
  { type: 'repeat', count: 3, components: [action('thrice')] },
  { type: 'retry', count: 2, components: [action('again')] },
  { type: 'retain', components: [action('keep')] },
  { type: 'merge', components: [action('merged')] },
  { type: 'value', value: { a: 1 } },
  { type: 'dynamic' },
  { type: 'teleport', where: 'mars' },
  EMPTY
);

/** Return frames and branches that are nested to the given depth. */
export function nested(depth: number): IAstNode {
  let inner = action('deepest');
  for (let level = 0; level < depth; level++) {
    const side = action(`side_${level}`);
    const around: IAstNode[] = [
      { type: 'try', body: inner, handler: side },
      { type: 'retry', count: 1, components: [inner] },
      when(side, inner, EMPTY),
      { type: 'parallel', components: [inner, side] },
      { type: 'while', test: side, body: inner }
    ];
    inner = around[level % around.length] ?? inner;
  }
  return inner;
}

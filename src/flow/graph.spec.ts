import type { IAstNode } from '../api/composition';
import { action, ASSET, code, EMPTY, EVERY, sequence, when } from '../testing/compositions';
import { boxesOf, graphOf } from './graph';
import type { IGroup, Part } from './graphparts';

/** The drawing as words: frames in brackets, branches with their labels. */
function words(part: Part): string {
  switch (part.kind) {
    case 'box':
      return part.title;
    case 'diamond':
      return '?';
    case 'wire':
      return '-';
    case 'group': {
      const inside = part.parts
        .filter(one => one.kind !== 'join' && one.kind !== 'fork')
        .map(one => `${labelTo(part, one)}${words(one)}`)
        .join(' ');
      return part.label === null ? inside : `[${part.label(null)}: ${inside}]`;
    }
    default:
      return part.kind;
  }
}

function labelTo({ links }: IGroup, part: Part): string {
  const label = links.find(one => one.to === part.id)?.label;
  return label ? `${label}>` : '';
}

const drawn = (ast: unknown) => words(graphOf(ast)).replace(/^start (.*) end$/, '$1');

const [a, b, c] = ['a', 'b', 'c'].map(action) as [IAstNode, IAstNode, IAstNode];

const COMBINATORS: [string, unknown, string][] = [
  ['sequence', sequence(a, b), 'a b'],
  ['seq', { type: 'seq', components: [a, b] }, 'a b'],
  ['if', when(a, b, c), 'a ? yes>b no>c'],
  ['if_nosave', { ...when(a, b, c), type: 'if_nosave' }, 'a ? yes>b no>c'],
  ['if without else', when(a, b, EMPTY), 'a ? yes>b no>-'],
  ['while', { type: 'while', test: a, body: b }, '[loop: a ? yes>b no>-]'],
  ['while_nosave', { type: 'while_nosave', test: a, body: b }, '[loop: a ? yes>b no>-]'],
  ['dowhile', { type: 'dowhile', body: a, test: b }, '[doloop: yes>a b ?]'],
  ['dowhile_nosave', { type: 'dowhile_nosave', body: a, test: b }, '[doloop: yes>a b ?]'],
  ['try', { type: 'try', body: a, handler: b }, '[try: a] on error>b'],
  ['finally', { type: 'finally', body: a, finalizer: b }, '[ensure: a] always>b'],
  ['let', { type: 'let', declarations: { n: 1, m: 2 }, components: [a, b] }, '[let n, m: a b]'],
  [
    'let of many',
    { type: 'let', declarations: { a: 1, b: 1, c: 1, d: 1, e: 1 }, components: [a] },
    '[let a, b, c and 2 more: a]'
  ],
  ['mask', { type: 'mask', components: [a] }, '[mask: a]'],
  ['retain', { type: 'retain', components: [a] }, '[retain: a]'],
  ['retain_catch', { type: 'retain_catch', components: [a] }, '[retain_catch: a]'],
  ['merge', { type: 'merge', components: [a] }, '[merge: a]'],
  ['repeat', { type: 'repeat', count: 3, components: [a] }, '[repeat 3 times: a]'],
  ['retry', { type: 'retry', count: 2, components: [a] }, '[retry, at most 3 tries: a]'],
  ['value', { type: 'value', value: { x: [1] } }, '{"x":[1]}'],
  ['literal', { type: 'literal', value: 'text' }, '"text"'],
  ['action of the own namespace', a, 'a'],
  [
    'action elsewhere',
    { type: 'action', name: '/whisk.system/utils/echo' },
    '/whisk.system/utils/echo'
  ],
  ['composition', { type: 'composition', name: '/_/other' }, 'other'],
  ['function', code('# why\n\n@wrapped\ndef twice(p):\n    return p'), 'def twice(p):'],
  ['parallel', { type: 'parallel', components: [a, sequence(b, c)] }, '[parallel: a b c]'],
  ['par', { type: 'par', components: [a, b] }, '[parallel: a b]'],
  ['parallel of nothing', { type: 'parallel', components: [] }, '[parallel: -]'],
  ['map', { type: 'map', components: [a, b] }, '[map, once per item: a b]'],
  ['async', { type: 'async', components: [a] }, '[asynchronous: a]'],
  ['dynamic', { type: 'dynamic' }, 'dynamic'],
  ['empty', EMPTY, '-'],
  ['sequence of nothing', sequence(EMPTY, sequence()), '-'],
  ['unknown', { type: 'teleport', components: [a] }, 'teleport'],
  ['nothing at all', null, '-'],
  ['a node without a type', { name: 'x' }, 'unknown'],
  ['components that are none', { type: 'sequence', components: 'x' }, '-']
];

test.each(COMBINATORS)('%s', (_, ast, expected) => {
  expect(drawn(ast)).toBe(expected);
});

test('boxes have the paths that conductors print', () => {
  const paths = boxesOf(graphOf(ASSET)).map(({ title, path }) => `${title} ${path}`);
  expect(paths).toEqual([
    'fetch_asset .body[0][0]',
    'has_person .body[1].test',
    'smart_body_crop .body[1].consequent',
    'center_crop .body[1].alternate',
    'sentiment .body[2]',
    'store_asset .body[3]',
    'notify_failed .handler'
  ]);
});

test('no two parts share an id', () => {
  const ids: string[] = [];
  const gather = (part: Part) => {
    ids.push(part.id);
    if (part.kind === 'group') {
      part.parts.forEach(gather);
    }
  };
  gather(graphOf(EVERY));
  expect(new Set(ids).size).toBe(ids.length);
});

test('links join parts of their own group', () => {
  const check = (part: Part) => {
    if (part.kind === 'group') {
      const ids = part.parts.map(one => one.id);
      for (const { from, to } of part.links) {
        expect(ids).toEqual(expect.arrayContaining([from, to]));
      }
      part.parts.forEach(check);
    }
  };
  check(graphOf(EVERY));
});

test('an inline function says its language and how long it is', () => {
  const [python, javascript] = boxesOf(
    graphOf(sequence(code('def f(p):\n    return p'), code('p => p', 'nodejs:default')))
  );
  expect(python?.detail).toBe('inline Python, 2 lines');
  expect(python?.fullText).toBe('def f(p):\n    return p');
  expect(javascript?.detail).toBe('inline JavaScript');
});

import type { IDeployedFunction, IFunctionList, IKernelFunction } from '../api/types';
import { sha256Hex } from '../notebook/notebookfunctions';
import { sample } from '../testing/sampledata';
import { badge, packageState, functionStatus, type IStatusInputs } from './functionstate';

const [kernel] = sample<{ functions: IKernelFunction[] }>('kernel_functions').functions;
const [iris] = sample<IFunctionList>('functions').functions;

function evidence(changes: Partial<IStatusInputs> = {}): IStatusInputs {
  return {
    text: kernel!.source_text,
    hash: sha256Hex,
    kernel: kernel!,
    deployed: iris!,
    known: true,
    ...changes
  };
}

const other: IDeployedFunction = { ...iris!, bundle: 'another' };

test.each<[string, Partial<IStatusInputs>, string, boolean]>([
  ['what ran is what is deployed', {}, 'deployed', false],
  ['another bundle is deployed', { deployed: other }, 'changed', false],
  [
    'a copy that was adapted to the target is deployed',
    { deployed: { ...other, packaged: kernel!.bundle } },
    'deployed',
    false
  ],
  ['nothing is deployed', { deployed: null }, 'not-deployed', false],
  ['the cell was refused', { kernel: null, deployed: null, failed: true }, 'not-packaged', true],
  [
    'the cell of a deployed function was refused',
    { text: '…', failed: true },
    'not-packaged',
    true
  ],
  ['a cell failed after its packaging', { deployed: null, failed: true }, 'not-deployed', false],
  ['the cell was edited', { text: '%%function iris\n…' }, 'changed', true],
  ['it was edited and is not deployed', { text: '…', deployed: null }, 'not-deployed', true],
  ['the model was refitted', { kernel: { ...kernel!, stale: ['model'] } }, 'refitted', true],
  ['the target does not answer', { known: false }, 'unknown', false],
  ['nothing ran and the text differs', { kernel: null }, 'changed', true],
  [
    'somebody else changed what is deployed',
    { deployed: { ...iris!, elsewhere: true } },
    'elsewhere',
    false
  ],
  ['another notebook deployed it', { deployed: other, fromOther: true }, 'other-notebook', false],
  [
    'another notebook deployed it, and the cell was edited',
    { text: '…', fromOther: true },
    'other-notebook',
    true
  ],
  ['another notebook deployed the same package', { fromOther: true }, 'deployed', false],
  [
    'nothing ran and the text is the deployed one',
    { kernel: null, deployed: { ...iris!, source: sha256Hex(kernel!.source_text) } },
    'deployed',
    true
  ],
  [
    'another tool deployed it',
    { kernel: null, deployed: { ...iris!, source: null } },
    'changed',
    true
  ]
])('when %s', (_, changes, state, needsRun) => {
  expect(functionStatus(evidence(changes))).toMatchObject({ state, needsRun });
});

test('texts are hashed as UTF-8, like the kernel does', () => {
  expect(sha256Hex('Δ')).toBe('3d2a2aa9303a3daf4d692878165ec534d4de16f7197c55ca9c649ca314b916bc');
});

test('a saved card compares its own bundle', () => {
  expect(packageState('b', { bundle: 'b' }, true)).toBe('deployed');
  expect(packageState('b', { bundle: 'c' }, true)).toBe('changed');
  expect(packageState('b', null, true)).toBe('not-deployed');
  expect(packageState('b', null, false)).toBe('unknown');
});

test('a badge has words for a list and for a cell', () => {
  const shown = badge('changed', { job: null, version: '0.0.7', seen: null });
  expect([shown.text, shown.shortText, shown.cellText]).toEqual([
    'Changed since deploy',
    'Changed',
    'Changed since v7'
  ]);
});

test('a badge names the notebook that a function was deployed from', () => {
  const deployed = { ...other, notebook: 'other.ipynb' };
  const { state, sides } = functionStatus(evidence({ deployed, fromOther: true }));
  const shown = badge(state, { job: null, version: '0.0.2', seen: null, sides });
  expect([shown.text, shown.cellText, shown.shortText]).toEqual([
    'Deployed from other.ipynb',
    'Deployed from other.ipynb',
    'Other notebook'
  ]);
});

test('the detail of a badge is the memory, or when an unknown state was last seen', () => {
  const facts = { job: null, version: null, detail: '256 MB' };
  expect(badge('deployed', { ...facts, seen: null }).detail).toBe('256 MB');
  expect(badge('changed', { ...facts, seen: null }).detail).toBe('');
  expect(badge('unknown', { ...facts, seen: 0 }).detail).toMatch(/^last seen /);
});

test('a deploy under way hides the state, and says how much is sent', () => {
  const job = { phase: 'sending' as const, size: 1_992_294, message: '', hint: '' };
  const shown = badge('changed', { job, version: '0.0.7', seen: null });
  expect([shown.icon, shown.text, shown.detail]).toEqual(['arc', 'Deploying…', '1.9 MB']);
});

test('a badge’s tooltip tells the four sides', () => {
  const lines = (changes: Partial<IStatusInputs>) => {
    const { state, sides } = functionStatus(evidence(changes));
    return badge(state, { job: null, version: '0.0.2', seen: null, sides }).title.split('\n');
  };
  const id = kernel!.bundle.slice(0, 8);
  expect(lines({})).toEqual([
    'Deployed',
    'Cell: Unchanged since it last ran',
    `Last run: Packaged ${id}, deployed`,
    'Values: Unchanged since packaging',
    `Target: Has v2, package ${id}`
  ]);
  const refitted = { ...kernel!, stale: ['model'], models: ['model'] };
  expect(lines({ text: 'edited', kernel: refitted, deployed: other })).toEqual([
    'Changed since deploy',
    'Cell: Edited since it last ran',
    `Last run: Packaged ${id}, not deployed`,
    'Values: Model refitted since packaging',
    'Target: Has v2, package another'
  ]);
  expect(lines({ kernel: null, known: false })).toEqual([
    'Unknown',
    'Cell: Not run in this kernel',
    'Last run: Not run in this kernel',
    'Values: Not known until the cell runs',
    'Target: Not known'
  ]);
  expect(lines({ deployed: { ...iris!, elsewhere: true } })[4]).toBe(
    'Target: Has v2, not deployed from this machine'
  );
});

test('a value that is no model is named', () => {
  const changed = { ...kernel!, stale: ['LIMIT'], models: ['model'] };
  const { state, sides } = functionStatus(evidence({ kernel: changed }));
  const shown = badge(state, { job: null, version: null, seen: null, sides });
  expect([shown.text, shown.shortText]).toEqual([
    'LIMIT changed since packaging',
    'Values changed'
  ]);
});

import type { ICalledAction } from '../api/composition';
import type { IFaasManager, INotebookFunctions } from '../tokens';
import { withCurrentStates } from './compositioncalls';

const manager = (isUpToDate: boolean, ...deployed: string[]): IFaasManager =>
  ({
    api: { target: null },
    functionsOn: () => (isUpToDate ? deployed.map(name => ({ name })) : null)
  }) as unknown as IFaasManager;

const notebook = (...names: string[]): INotebookFunctions =>
  ({ link: { functions: names.map(name => ({ name })) } }) as unknown as INotebookFunctions;

const action = (more: Partial<ICalledAction> = {}): ICalledAction => ({
  name: 'crop',
  paths: ['[0]'],
  state: 'unknown',
  ...more
});

const state = (...args: Parameters<typeof withCurrentStates>) =>
  withCurrentStates(...args)[0]?.state;

test('what the target has is deployed, however the card was saved', () => {
  expect(state([action({ state: 'missing' })], manager(true, 'crop'), null)).toBe('deployed');
});

test('what only the notebook has is deployed first, what nobody has is missing', () => {
  expect(state([action()], manager(true), notebook('crop'))).toBe('notebook');
  expect(state([action({ state: 'notebook' })], manager(true), notebook())).toBe('missing');
});

test('what goes along with the composition is never missing', () => {
  expect(state([action({ brought: true })], manager(true), null)).toBe('notebook');
});

test('while the target is not known, and in other namespaces, what the card says stays', () => {
  const known = action({ state: 'notebook' });
  expect(state([known], manager(false), null)).toBe('notebook');
  expect(state([{ ...known, name: '/other/crop' }], manager(true), null)).toBe('notebook');
});

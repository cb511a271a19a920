import { sample } from './testing/samples';
import type { IActivationList, IActivationSummary } from './api/types';
import { began, ended } from './runs';

const { activations } = sample<IActivationList>('activations');
const warm = activations[0] as IActivationSummary;

describe('a run', () => {
  it('ends when its record says so', () => {
    expect(ended(warm)).toBe(warm.end);
  });

  it('of a trigger ends as it begins', () => {
    expect(ended({ ...warm, end: null })).toBe(warm.start);
  });

  it.each([
    [{}, 'warm'],
    [{ cold: true }, 'cold'],
    [{ kind: 'sequence' }, 'sequence'],
    [{ kind: null }, 'trigger']
  ])('that is %j begins as %s', (facts, word) => {
    expect(began({ ...warm, ...facts })).toBe(word);
  });
});

import type { IActivationList, IActivationSummary } from '../api/types';
import { sample } from '../testing/sampledata';
import { startKind, endTime, mergeActivations } from './runs';

const { activations } = sample<IActivationList>('activations');
const warm = activations[0] as IActivationSummary;

describe('a run', () => {
  it('ends when its record says so', () => {
    expect(endTime(warm)).toBe(warm.end);
  });

  it('of a trigger ends as it begins', () => {
    expect(endTime({ ...warm, end: null })).toBe(warm.start);
  });

  it.each([
    [{}, 'warm'],
    [{ cold: true }, 'cold'],
    [{ kind: 'sequence' }, 'sequence'],
    [{ kind: 'sequence', composition: true }, 'composition'],
    [{ kind: null }, 'trigger']
  ])('that is %j begins as %s', (facts, word) => {
    expect(startKind({ ...warm, ...facts })).toBe(word);
  });
});

it('the latest runs are those of nobody, and what others caused lately', () => {
  const run = (id: string, start: number, cause: string | null = null) => ({
    ...warm,
    id,
    start,
    cause
  });
  const tops = [run('c', 3), run('a', 1)];
  const latest = [run('d', 4, 'x'), run('c', 3), run('branch', 2)];
  expect(mergeActivations(latest, tops).map(one => one.id)).toEqual(['d', 'c', 'a']);
});

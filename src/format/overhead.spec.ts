import { overheadCount } from './overhead';

test.each([
  [['conductor'], '1 conductor run'],
  [['conductor', 'conductor'], '2 conductor runs'],
  [['wait'], '1 continuation'],
  [['conductor', 'wait', 'conductor', 'wait'], '2 conductor runs, 2 continuations']
] as const)('%j is %s', (roles, words) => {
  expect(overheadCount(roles.map(role => ({ role })))).toBe(words);
});

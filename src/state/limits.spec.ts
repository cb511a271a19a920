import type { IStatus } from '../api/types';
import { sample } from '../testing/sampledata';
import { memoryProblem } from './limits';

const { limits } = sample<IStatus>('status');

test.each([
  [5, 'The memory is 5 MB, but must be 128 to 4,096 MB.', 'Set --memory 128 in the cell.'],
  [9000, 'The memory is 9,000 MB, but must be 128 to 4,096 MB.', 'Set --memory 4096 in the cell.']
])('a memory of %p MB', (memoryMb, message, hint) => {
  expect(memoryProblem({ memoryMb }, limits)).toEqual({ message, hint });
});

test.each([128, 4096, null])('a memory of %p MB is allowed', memoryMb => {
  expect(memoryProblem({ memoryMb }, limits)).toBeNull();
});

test('a target whose limits are not known refuses nothing yet', () => {
  expect(memoryProblem({ memoryMb: 5 }, null)).toBeNull();
});

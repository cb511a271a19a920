import type { IStatus } from '../api/types';
import { count, memory } from '../format/format';
import type { IFunctionCell, IRunFailure } from '../tokens';

/**
 * Return why a target would refuse the memory that a cell asks for, or null if it would not, or if
 * the target's limits are not known. Deploys and cards use the same words
 * (`jupyter_faas/workspace/preflight`). The list and the cell toolbar share it.
 */
export function memoryProblem(
  { memoryMb }: Pick<IFunctionCell, 'memoryMb'>,
  limits: IStatus['limits']
): IRunFailure | null {
  if (memoryMb === null || limits === null) {
    return null;
  }
  const { min, max } = limits.memory_mb;
  if (memoryMb >= min && memoryMb <= max) {
    return null;
  }
  return {
    message: `The memory is ${memory(memoryMb)}, but must be ${count(min)} to ${memory(max)}.`,
    hint: `Set --memory ${Math.min(Math.max(memoryMb, min), max)} in the cell.`
  };
}

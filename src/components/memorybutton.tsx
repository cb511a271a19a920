import React from 'react';

import { Button } from './button';

interface IMemoryButtonProps {
  megabytes: number;
  /** Write the size into the function's cell; null if the cell is not in an open notebook. */
  set: ((megabytes: number) => void) | null;
}

/**
 * A button that writes a memory size into the function's cell. It is hidden if the cell is not
 * open.
 */
export function MemoryButton({ megabytes, set }: IMemoryButtonProps): React.ReactElement | null {
  return (
    set && <Button onClick={() => set(megabytes)}>Set --memory {megabytes} in the cell</Button>
  );
}

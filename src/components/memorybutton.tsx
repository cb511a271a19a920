import React from 'react';

import { Button } from './button';

interface IMemoryButtonProps {
  megabytes: number;
  /** Writes the size into the function's cell; null if no open notebook has the cell. */
  set: ((megabytes: number) => void) | null;
}

/** A button that writes a memory size into the function's cell, if the cell is open. */
export function MemoryButton({ megabytes, set }: IMemoryButtonProps): React.ReactElement | null {
  return (
    set && (
      <Button large onClick={() => set(megabytes)}>
        Set --memory {megabytes} in the cell
      </Button>
    )
  );
}

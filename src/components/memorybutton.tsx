import React from 'react';

import { Button } from './button';

interface ISetMemoryProps {
  megabytes: number;
  /** Writes it into the function's cell; null where no open notebook has that. */
  set: ((megabytes: number) => void) | null;
}

/** Takes over a memory size into the cell, where there is one. */
export function SetMemory({ megabytes, set }: ISetMemoryProps): React.ReactElement | null {
  return (
    set && (
      <Button large onClick={() => set(megabytes)}>
        Set --memory {megabytes} in the cell
      </Button>
    )
  );
}

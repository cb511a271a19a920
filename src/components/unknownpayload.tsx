import React from 'react';

/** A message for a payload that this version cannot draw. */
export function UnknownPayload({ what }: { what: string }): React.ReactElement {
  return (
    <div className="jp-Faas-secondary">
      This display ({what}) was made by another version of jupyter_faas than the one installed here.
      Run the cell again, or update jupyter_faas.
    </div>
  );
}

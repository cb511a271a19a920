import React from 'react';

/** A message for a payload that this version cannot draw. */
export function UnknownPayload({ what }: { what: string }): React.ReactElement {
  return (
    <div className="jp-Faas-secondary">
      This output ({what}) cannot be shown. It may have been created by a different version of
      jupyter_faas, or changed by hand. Run the cell again, or update jupyter_faas.
    </div>
  );
}

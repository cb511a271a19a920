import type { LabIcon } from '@jupyterlab/ui-components';
import React from 'react';

interface IToolProps {
  icon: LabIcon;
  onClick: () => void;
  children: string;
}

/** A button of a document's own toolbar. */
export function Tool({ icon, onClick, children }: IToolProps): React.ReactElement {
  return (
    <button type="button" className="jp-FaasTool" onClick={onClick}>
      <icon.react tag="span" className="jp-FaasTool-icon" />
      {children}
    </button>
  );
}

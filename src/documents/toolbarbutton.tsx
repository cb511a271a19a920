import type { LabIcon } from '@jupyterlab/ui-components';
import React from 'react';

interface IToolbarButtonProps {
  icon: LabIcon;
  onClick: () => void;
  children: string;
}

/**
 * A button in the toolbar of a document. It has its own module because four documents and tabs use
 * it.
 */
export function ToolbarButton({
  icon,
  onClick,
  children
}: IToolbarButtonProps): React.ReactElement {
  return (
    <button type="button" className="jp-FaasTool" onClick={onClick}>
      <icon.react tag="span" className="jp-FaasTool-icon" />
      {children}
    </button>
  );
}

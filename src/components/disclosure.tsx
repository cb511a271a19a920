import React, { useState } from 'react';

import { Icon } from './icon';

interface IDisclosureProps {
  summary: React.ReactNode;
  open?: boolean;
  children: React.ReactNode;
}

/** A button that expands and collapses the content below it. */
export function Disclosure({ summary, open, children }: IDisclosureProps): React.ReactElement {
  const [shown, setShown] = useState(open ?? false);
  return (
    <div className="jp-FaasDisclosure">
      <button
        type="button"
        className="jp-FaasDisclosure-head"
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
      >
        <Icon name={shown ? 'down' : 'right'} />
        {summary}
      </button>
      {shown && <div className="jp-FaasDisclosure-body">{children}</div>}
    </div>
  );
}

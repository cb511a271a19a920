import React from 'react';

import { StateTag } from '../components/badge';
import { FunctionName } from '../components/functionname';
import type { IBadge } from '../state/functionstate';

interface IFunctionHeaderProps {
  /** What the document shows, such as `Graph`. */
  kicker: string;
  name: string;
  badge: IBadge;
  facts: readonly string[];
  /** The tooltip of the facts. */
  title?: string;
}

/** The header of a function's document: what it shows, the function's name and state, and facts. */
export function FunctionHeader(props: IFunctionHeaderProps): React.ReactElement {
  const { kicker, name, badge, facts, title } = props;
  return (
    <header role="none" className="jp-FaasHeader">
      <div className="jp-FaasHeader-kicker">{kicker}</div>
      <h1>
        <FunctionName name={name} />
        <StateTag badge={badge} />
      </h1>
      {facts.length > 0 && (
        <div className="jp-FaasHeader-line" title={title}>
          {facts.map((fact, index) => (
            <React.Fragment key={index}>
              {index > 0 && (
                <span className="jp-Faas-secondary" aria-hidden="true">
                  ·
                </span>
              )}
              <span>{fact}</span>
            </React.Fragment>
          ))}
        </div>
      )}
    </header>
  );
}

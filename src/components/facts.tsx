import React from 'react';

interface IFactsProps {
  facts: readonly React.ReactNode[];
  title?: string;
  className?: string;
}

/** Facts on one line, separated by dots. If the line wraps, no part of it begins or ends with a dot. */
export function Facts({ facts, title, className }: IFactsProps): React.ReactElement {
  return (
    <div className={['jp-FaasFacts', className].filter(Boolean).join(' ')} title={title}>
      {facts.map((fact, index) => (
        <span key={index} className="jp-FaasFacts-fact">
          {index > 0 && (
            <span className="jp-FaasFacts-dot jp-Faas-secondary" aria-hidden="true">
              ·
            </span>
          )}
          {fact}
        </span>
      ))}
    </div>
  );
}

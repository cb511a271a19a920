import React from 'react';

import type { IDiff, IDiffPart } from '../api/history';

const SIGNS: { [sign: string]: string } = {
  '+': 'jp-mod-added',
  '-': 'jp-mod-removed',
  '@': 'jp-mod-place'
};

/** A diff, one section per file or property. The `+` and `-` signs repeat what the colours show. */
export function Diff({ diff }: { diff: IDiff }): React.ReactElement {
  return (
    <div className="jp-FaasDiff">
      {diff.parts.map(part => (
        <DiffPart key={`${part.kind} ${part.title}`} part={part} />
      ))}
    </div>
  );
}

function DiffPart({ part }: { part: IDiffPart }): React.ReactElement {
  const { title, added, removed, lines } = part;
  return (
    <section aria-label={`${title}: ${added} added, ${removed} removed`}>
      <div className="jp-FaasDiff-title">
        <span className="jp-Faas-mono">{title}</span>
        <span className="jp-Faas-secondary jp-Faas-small jp-Faas-number">
          +{added} −{removed}
        </span>
      </div>
      <div className="jp-FaasDiff-lines">
        {lines.map((line, index) => (
          <div key={index} className={SIGNS[line[0] ?? '']}>
            {line}
          </div>
        ))}
      </div>
    </section>
  );
}

import React from 'react';

import type { IBadge } from '../state/functionstate';
import { Icon } from './icon';

/** A function's state as a bordered tag, for headers. */
export function StateTag({ badge }: { badge: IBadge }): React.ReactElement {
  return (
    <span className="jp-FaasTag" title={badge.title}>
      <Icon name={badge.icon} tone={badge.tone} small />
      {badge.text}
    </span>
  );
}

/** A function's state in a list. In a narrow list, the text is shorter. */
export function StateLine({ badge }: { badge: IBadge }): React.ReactElement {
  const rest = badge.text.startsWith(badge.shortText)
    ? badge.text.slice(badge.shortText.length)
    : null;
  return (
    <>
      <Icon name={badge.icon} tone={badge.tone} small />
      <span className="jp-FaasState-words" title={badge.title}>
        {rest === null ? (
          <>
            <span className="jp-Faas-wide">{badge.text}</span>
            <span className="jp-Faas-narrow">{badge.shortText}</span>
          </>
        ) : (
          <>
            {badge.shortText}
            {rest && <span className="jp-Faas-wide">{rest}</span>}
          </>
        )}
      </span>
      {badge.detail && <span className="jp-FaasState-detail jp-Faas-wide">· {badge.detail}</span>}
    </>
  );
}

import React from 'react';

import type { IBadge } from '../state/functionstate';
import { Icon } from './icon';

/** A function's state in a bordered tag, as in a card's head. */
export function StateTag({ badge }: { badge: IBadge }): React.ReactElement {
  return (
    <span className="jp-FaasTag" title={badge.title}>
      <Icon name={badge.icon} tone={badge.tone} small />
      {badge.words}
    </span>
  );
}

/** A function's state in a list: its words shorten where the list is narrow. */
export function StateLine({ badge }: { badge: IBadge }): React.ReactElement {
  const rest = badge.words.startsWith(badge.short) ? badge.words.slice(badge.short.length) : null;
  return (
    <>
      <Icon name={badge.icon} tone={badge.tone} small />
      <span className="jp-FaasState-words" title={badge.title}>
        {rest === null ? (
          <>
            <span className="jp-Faas-wide">{badge.words}</span>
            <span className="jp-Faas-narrow">{badge.short}</span>
          </>
        ) : (
          <>
            {badge.short}
            {rest && <span className="jp-Faas-wide">{rest}</span>}
          </>
        )}
      </span>
      {badge.detail && <span className="jp-FaasState-detail jp-Faas-wide">· {badge.detail}</span>}
    </>
  );
}

import React from 'react';

import { PATHS, type IconName } from '../icons';
import type { Tone } from '../state/functionstate';

interface IIconProps {
  name: IconName;
  /** Whether the icon is 12 px wide instead of 16 px. */
  small?: boolean;
  tone?: Tone | 'cold';
  className?: string;
}

/**
 * An icon of jupyter_faas. It is hidden from screen readers because the text beside it has the same
 * meaning.
 */
export function Icon({ name, small, tone, className = '' }: IIconProps): React.ReactElement {
  const classes = [
    'jp-FaasIcon',
    small ? 'jp-mod-small' : '',
    tone ? `jp-mod-${tone}` : '',
    name === 'arc' ? 'jp-mod-turning' : '',
    className
  ];
  const stroked = name === 'snowflake';
  return (
    <svg className={classes.filter(Boolean).join(' ')} viewBox="0 0 24 24" aria-hidden="true">
      <path
        d={PATHS[name]}
        fillRule="evenodd"
        fill={stroked ? 'none' : undefined}
        stroke={stroked ? 'currentColor' : undefined}
        strokeWidth={stroked ? 2 : undefined}
      />
    </svg>
  );
}

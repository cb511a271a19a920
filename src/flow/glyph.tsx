import React from 'react';

import { PATHS, type IconName } from '../icons';

/** A shape of ours inside the drawing. */
export function Glyph(props: {
  name: IconName;
  x: number;
  y: number;
  tone: string;
}): React.ReactElement {
  const { name, x, y, tone } = props;
  const stroked = name === 'snowflake';
  return (
    <svg
      className={`jp-FaasFlow-glyph jp-mod-${tone}${stroked ? ' jp-mod-stroked' : ''}`}
      x={x}
      y={y}
      width={12}
      height={12}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <path d={PATHS[name]} fillRule="evenodd" />
    </svg>
  );
}

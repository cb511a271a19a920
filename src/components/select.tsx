import React from 'react';

import { Icon } from './icon';

interface ISelectProps {
  /** Said, not shown. */
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  /** Its words give way where there is little room. */
  shrinks?: boolean;
}

/** A choice of one, as wide as the longest. */
export function Select(props: ISelectProps): React.ReactElement {
  const { label, value, options, onChange, shrinks } = props;
  return (
    <span className={`jp-FaasField${shrinks ? ' jp-mod-shrinks' : ''}`}>
      <select aria-label={label} value={value} onChange={event => onChange(event.target.value)}>
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <span className="jp-FaasField-icon">
        <Icon name="down" />
      </span>
    </span>
  );
}

import React from 'react';

import { Icon } from './icon';

interface ISelectProps {
  /** The accessible name, which is not visible. */
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  /** Whether the list shrinks in a narrow space. */
  shrinks?: boolean;
}

/** A drop-down list that is as wide as its longest option. */
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

import React from 'react';

/**
 * How much of a package stays where there is no room: so many characters, each counted as narrow
 * as they come, since a name that is whole must leave no gap before its slash.
 */
const LEAST_SHOWN = 5;
const NARROW_CH = 0.4;

interface IFunctionNameProps {
  /** `name`, or `package/name`. */
  name: string;
}

/** A function's name on one line. Where there is no room, its package is shortened first. */
export function FunctionName({ name }: IFunctionNameProps): React.ReactElement {
  const slash = name.indexOf('/');
  return (
    <span className="jp-FaasName" title={name}>
      {slash >= 0 && (
        <>
          <span
            className="jp-FaasName-package jp-Faas-secondary jp-Faas-ellipsis"
            style={{ minWidth: `${Math.min(slash, LEAST_SHOWN) * NARROW_CH}ch` }}
          >
            {name.slice(0, slash)}
          </span>
          <span className="jp-Faas-secondary">/</span>
        </>
      )}
      <span className="jp-Faas-ellipsis">{name.slice(slash + 1)}</span>
    </span>
  );
}

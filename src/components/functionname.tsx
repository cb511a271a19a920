import React from 'react';

/** Characters of a package that stay where there is no room. */
const LEAST_SHOWN = 5;

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
            style={{ minWidth: `${Math.min(slash, LEAST_SHOWN)}ch` }}
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

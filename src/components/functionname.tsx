import React from 'react';

import { shownName } from '../format/names';

/**
 * The number of characters of the package name that stay visible in a narrow space. Each is counted
 * as a narrow character, so that a short package name leaves no gap before the slash.
 */
const LEAST_SHOWN = 5;
const NARROW_CH = 0.4;

interface IFunctionNameProps {
  /** The function's name: `name` or `package/name`. */
  name: string;
}

/** A function's name on one line. In a narrow space, the package name is shortened first. */
export function FunctionName(props: IFunctionNameProps): React.ReactElement {
  const name = shownName(props.name);
  const slash = name.indexOf('/');
  return (
    <span className="jp-FaasName" title={props.name}>
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

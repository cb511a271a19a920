import React from 'react';

import { shownName } from '../format/names';

/**
 * A package name of at most this many characters is always shown whole. Of a longer one, at least so
 * much of the width of these characters stays visible that they can be recognized.
 */
const LEAST_SHOWN = 5;
const LEAST_WIDTH = '3.5ch';

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
            style={slash <= LEAST_SHOWN ? { flexShrink: 0 } : { minWidth: LEAST_WIDTH }}
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

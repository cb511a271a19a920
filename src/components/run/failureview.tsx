import React from 'react';

import type { IFailedLine, IFailure } from '../../api/types';
import { truncate } from '../../format/format';
import { Disclosure } from '../disclosure';

/** The maximum length of a shown message; the logs of the activation have the whole text. */
const MAX_CHARACTERS = 10_000;

interface IFailureViewProps {
  failure: IFailure;
  openLine?: (where: IFailedLine) => void;
}

/** The exception of a failed run, the user's line that raised it, and the traceback. */
export function FailureView({ failure, openLine }: IFailureViewProps): React.ReactElement {
  const { type, message, where, traceback } = failure;
  return (
    <div className="jp-FaasFailure">
      <pre className="jp-FaasJson">
        <span className="jp-FaasJson-error">{type}</span>
        {message && `: ${truncate(message, MAX_CHARACTERS)}`}
      </pre>
      {where && (
        <div className="jp-FaasFailure-line">
          {openLine ? (
            <button
              type="button"
              className="jp-FaasLinkButton"
              title="Go to the line"
              onClick={() => openLine(where)}
            >
              {placeText(where)}
            </button>
          ) : (
            <span className="jp-Faas-secondary">{placeText(where)}</span>
          )}
          {where.code && <code className="jp-Faas-mono">{where.code}</code>}
        </div>
      )}
      {traceback.length > 0 && (
        <Disclosure summary="Traceback">
          <pre className="jp-FaasJson jp-FaasFailure-traceback" tabIndex={0}>
            {traceback.join('\n')}
          </pre>
        </Disclosure>
      )}
    </div>
  );
}

/** Return `Cell [4], line 5`, `Line 5 of the cell`, or `helpers.py, line 3, in clean`. */
export function placeText({ file, line, function: name, in_cell, ...known }: IFailedLine): string {
  if (known.cell !== undefined) {
    return `Cell [${known.cell}], line ${known.cell_line ?? line}`;
  }
  if (in_cell) {
    return `Line ${line} of the cell`;
  }
  return `${file}, line ${line}${name && `, in ${name}`}`;
}

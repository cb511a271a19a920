import React from 'react';

import type { Json } from '../api/values';
import { tokens } from '../format/json';

/** A value as coloured text. Every piece is a text node, so nothing in it can act. */
export function JsonView({ value }: { value: Json }): React.ReactElement {
  return (
    <pre className="jp-FaasJson">
      {tokens(value).map((token, index) =>
        token.role === 'mark' ? (
          token.text
        ) : (
          <span key={index} className={`jp-FaasJson-${token.role}`}>
            {token.text}
          </span>
        )
      )}
    </pre>
  );
}

import React from 'react';

import type { Json } from '../api/values';
import { jsonTokens } from '../format/json';

/**
 * A JSON value with syntax colours. Every token is a text node, so that values cannot inject
 * markup.
 */
export function JsonView({ value }: { value: Json }): React.ReactElement {
  return (
    <pre className="jp-FaasJson">
      {jsonTokens(value).map((token, index) =>
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

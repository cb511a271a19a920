import React from 'react';

/**
 * A URL that can be selected as a whole. It wraps before a slash where possible, so that no single
 * letter of a name is on a line by itself. Cards and documents share it.
 */
export function Url({ url }: { url: string }): React.ReactElement {
  return (
    <span className="jp-Faas-mono jp-FaasCard-url">
      {url.split(/(?=\/[^/])/).map((part, index) => (
        <React.Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </React.Fragment>
      ))}
    </span>
  );
}

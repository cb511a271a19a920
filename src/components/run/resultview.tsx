import React from 'react';

import type { IActivation } from '../../api/types';
import { isObject, type Json } from '../../api/values';
import { beginningOf } from '../../format/format';
import { JsonView } from '../jsonview';

/** Beyond this a browser's text layout becomes slow; the whole stands in the activation's record. */
const LONGEST = 100_000;

/** What a run answered: its JSON, or the error's name and words. */
export function ResultView({ activation }: { activation: IActivation }): React.ReactElement {
  const error = activation.ok ? null : errorText(activation.result);
  if (error !== null) {
    // Only an exception's name is an emphasis; a sentence with a colon is a sentence.
    const name = /^[A-Za-z_][\w.]*(?=: )/.exec(error)?.[0] ?? '';
    return (
      <pre className="jp-FaasJson">
        {name && <span className="jp-FaasJson-error">{name}</span>}
        {beginningOf(error.slice(name.length), LONGEST)}
      </pre>
    );
  }
  const long = JSON.stringify(activation.result).length;
  if (long > LONGEST) {
    return (
      <pre className="jp-FaasJson">
        {beginningOf(JSON.stringify(activation.result, null, 2), LONGEST)}
      </pre>
    );
  }
  return <JsonView value={activation.result} />;
}

function errorText(result: Json): string | null {
  return isObject(result) && Object.keys(result).length === 1 && typeof result.error === 'string'
    ? result.error
    : null;
}

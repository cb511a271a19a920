import React from 'react';

import type { IActivation } from '../../api/types';
import { isObject, type Json } from '../../api/values';
import { truncate } from '../../format/format';
import { JsonView } from '../jsonview';
import { FailureView } from './failureview';
import type { IActivationLink } from './runstatus';

/**
 * The maximum length of a shown text. Longer texts slow the browser's layout down; the activation's
 * document shows the whole text.
 */
const MAX_CHARACTERS = 100_000;

interface IResultViewProps {
  activation: IActivation;
  link?: IActivationLink;
}

/** The result of a run as JSON, or why it failed. */
export function ResultView({ activation, link }: IResultViewProps): React.ReactElement {
  if (activation.failure?.type) {
    return <FailureView failure={activation.failure} openLine={link?.openLine} />;
  }
  const error = activation.ok ? null : errorText(activation.result);
  if (error !== null) {
    // Emphasize only the name of an exception, not arbitrary text before a colon.
    const name = /^[A-Za-z_][\w.]*(?=: )/.exec(error)?.[0] ?? '';
    return (
      <pre className="jp-FaasJson">
        {name && <span className="jp-FaasJson-error">{name}</span>}
        {truncate(error.slice(name.length), MAX_CHARACTERS)}
      </pre>
    );
  }
  const long = JSON.stringify(activation.result).length;
  if (long > MAX_CHARACTERS) {
    return (
      <pre className="jp-FaasJson">
        {truncate(JSON.stringify(activation.result, null, 2), MAX_CHARACTERS)}
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

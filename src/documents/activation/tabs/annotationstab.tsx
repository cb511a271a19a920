import React from 'react';

import type { ISession } from '../../../api/session';
import { isObject, type Json, type JsonObject } from '../../../api/values';
import { truncate, duration, memory } from '../../../format/format';

/** The maximum length of a displayed value, in characters. */
const MAX_VALUE_LENGTH = 2000;

/** The tab with the annotations of the activation record. */
export function AnnotationsTab({ session }: { session: ISession }): React.ReactElement {
  const entries = Object.entries(session.activation.annotations);
  if (entries.length === 0) {
    return <p className="jp-Faas-secondary">There are no annotations.</p>;
  }
  return (
    <table className="jp-FaasTable jp-FaasAnnotations">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <td title={key}>{key}</td>
            <td className="jp-Faas-mono">
              {truncate(annotationText(key, value), MAX_VALUE_LENGTH)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/**
 * Return an annotation as text. Limits become `512 MB memory, 10 MB logs`, times have a unit, and
 * other values are JSON.
 */
export function annotationText(key: string, value: Json): string {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' && (key === 'waitTime' || key === 'initTime')) {
    return duration(value);
  }
  if (typeof value === 'number' && key === 'faas-memory-peak') {
    return memory(value);
  }
  if (key === 'limits' && isObject(value)) {
    return limitsText(value);
  }
  return JSON.stringify(value);
}

function limitsText(limits: JsonObject): string {
  return Object.entries(limits)
    .map(([name, limit]) => {
      if (typeof limit !== 'number') {
        return `${name} ${JSON.stringify(limit)}`;
      }
      if (name === 'memory' || name === 'logs') {
        return `${memory(limit)} ${name}`;
      }
      return name === 'timeout' ? `${limit / 1000} s timeout` : `${name} ${limit}`;
    })
    .join(', ');
}

import React from 'react';

import type { ISession } from '../../../api/session';
import { isObject, type Json, type JsonObject } from '../../../api/values';
import { beginningOf, duration, memory } from '../../../format/format';

/** Characters of a value. */
const LONGEST_VALUE = 2000;

/** What the target noted of the run. */
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
              {beginningOf(annotationWords(key, value), LONGEST_VALUE)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `512 MB memory, 10 MB logs`; times with their unit; text as it is, all else as JSON. */
export function annotationWords(key: string, value: Json): string {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' && (key === 'waitTime' || key === 'initTime')) {
    return duration(value);
  }
  if (key === 'limits' && isObject(value)) {
    return limitWords(value);
  }
  return JSON.stringify(value);
}

function limitWords(limits: JsonObject): string {
  return Object.entries(limits)
    .map(([name, limit]) => {
      if (typeof limit !== 'number') {
        return `${name} ${JSON.stringify(limit)}`;
      }
      if (name === 'memory' || name === 'logs') {
        return `${memory(limit)} ${name}`;
      }
      return name === 'timeout' ? `${duration(limit)} timeout` : `${name} ${limit}`;
    })
    .join(', ');
}

import { copyIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { ISession } from '../../../api/session';
import { isObject, type Json, type JsonObject } from '../../../api/values';
import { JsonView } from '../../../components/jsonview';
import { duration, memory, size } from '../../../format/format';
import { text } from '../../../format/json';
import { Tool } from '../../toolbarbutton';

/** Beyond this a browser's text layout becomes slow; Copy has the whole. */
const LONGEST = 200_000;
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
            <td className="jp-Faas-mono">{cut(annotationWords(key, value), LONGEST_VALUE)}</td>
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

interface IRawTabProps {
  session: ISession;
  copy: (text: string, told?: string) => void;
}

/** The JSON that all of this is drawn from. */
export function RawTab({ session, copy }: IRawTabProps): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const plain = session.kind === 'function';
  const value = (whole && !plain ? session : session.activation) as unknown as Json;
  const written = JSON.stringify(value, null, 2);
  return (
    <>
      <div className="jp-FaasSession-note">
        {!plain && (
          <span className="jp-FaasSegments" role="group" aria-label="What is shown">
            <button type="button" aria-pressed={!whole} onClick={() => setWhole(false)}>
              Activation
            </button>
            <button type="button" aria-pressed={whole} onClick={() => setWhole(true)}>
              Session
            </button>
          </span>
        )}
        <span className="jp-Faas-secondary jp-Faas-small">{size(written.length)}</span>
        <span className="jp-FaasSession-space" />
        <Tool icon={copyIcon} onClick={() => copy(text(value), 'Copied the JSON')}>
          Copy
        </Tool>
      </div>
      {written.length > LONGEST ? (
        <pre className="jp-FaasJson">{cut(written, LONGEST)}</pre>
      ) : (
        <JsonView value={value} />
      )}
    </>
  );
}

function cut(words: string, most: number): string {
  return words.length <= most
    ? words
    : `${words.slice(0, most)}… ${(words.length - most).toLocaleString('en-US')} more characters`;
}

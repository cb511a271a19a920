import { copyIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { ISession } from '../../../api/session';
import type { Json } from '../../../api/values';
import { JsonView } from '../../../components/jsonview';
import { beginningOf, size } from '../../../format/format';
import { text } from '../../../format/json';
import { Tool } from '../../toolbarbutton';

/** Beyond this a browser's text layout becomes slow; Copy has the whole. */
const LONGEST = 200_000;

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
        <pre className="jp-FaasJson">{beginningOf(written, LONGEST)}</pre>
      ) : (
        <JsonView value={value} />
      )}
    </>
  );
}

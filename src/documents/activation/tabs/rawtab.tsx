import { copyIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { ISession } from '../../../api/session';
import type { Json } from '../../../api/values';
import { JsonView } from '../../../components/jsonview';
import { truncate, size } from '../../../format/format';
import { jsonText } from '../../../format/json';
import { ToolbarButton } from '../../toolbarbutton';

/**
 * The maximum length of the displayed text. Longer texts slow the browser's layout down; the Copy
 * button copies the whole text.
 */
const MAX_CHARACTERS = 200_000;

interface IRawTabProps {
  session: ISession;
  copy: (text: string, told?: string) => void;
}

/** The tab with the JSON of the activation or session. */
export function RawTab({ session, copy }: IRawTabProps): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const plain = session.kind === 'function';
  const value = (whole && !plain ? session : session.activation) as unknown as Json;
  const written = JSON.stringify(value, null, 2);
  return (
    <>
      <div className="jp-FaasSession-note">
        {!plain && (
          <span className="jp-FaasSegments" role="group" aria-label="Record to show">
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
        <ToolbarButton icon={copyIcon} onClick={() => copy(jsonText(value), 'Copied the JSON')}>
          Copy
        </ToolbarButton>
      </div>
      {written.length > MAX_CHARACTERS ? (
        <pre className="jp-FaasJson">{truncate(written, MAX_CHARACTERS)}</pre>
      ) : (
        <JsonView value={value} />
      )}
    </>
  );
}

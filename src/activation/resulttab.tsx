import React from 'react';

import type { Json } from '../api/types';
import { IconButton } from '../components/button';
import { Icon } from '../components/icon';
import { JsonView } from '../components/json';
import { ResultView } from '../components/result';
import { plural, size } from '../format';
import { text } from '../json';
import type { ISheetProps } from './body';

/** What it was given, where that is kept, and what it answered. */
export function ResultTab({ session, model, actions }: ISheetProps): React.ReactElement {
  const { activation } = session;
  // What it started beside itself may go on after it has answered.
  const running = session.end === null;
  const { input } = model;
  return (
    <div className={`jp-FaasSession-result${input ? ' jp-mod-two' : ''}`}>
      {input && (
        <section aria-label="Input">
          <Title words="Input" value={input.params} copy={actions.copy} />
          <JsonView value={input.params} />
          {input.lacking.length > 0 && (
            <p className="jp-Faas-secondary jp-Faas-small">
              {`${input.lacking.join(', ')} was redacted. To replay it: `}
              <code>{`%faas replay ${session.name} ${input.lacking.map(one => `${one}=…`).join(' ')}`}</code>
            </p>
          )}
        </section>
      )}
      <section aria-label="Result">
        {running ? (
          <>
            <div className="jp-FaasSession-title">
              <h2>Result</h2>
            </div>
            <p className="jp-Faas-secondary">It is still running; its result comes when it ends.</p>
          </>
        ) : (
          <>
            <Title words="Result" value={activation.result} copy={actions.copy} />
            <ResultView activation={activation} />
          </>
        )}
      </section>
    </div>
  );
}

interface ITitleProps {
  words: string;
  value: Json;
  copy: (text: string, told?: string) => void;
}

function Title({ words, value, copy }: ITitleProps): React.ReactElement {
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return (
    <div className="jp-FaasSession-title">
      <h2>{words}</h2>
      <span className="jp-Faas-secondary jp-Faas-small">
        {bytes < 1024 ? plural(bytes, 'byte') : size(bytes)}
      </span>
      <span className="jp-FaasSession-space" />
      <IconButton
        label={`Copy the ${words.toLowerCase()}`}
        onClick={() => copy(text(value), `Copied the ${words.toLowerCase()}`)}
      >
        <Icon name="copy" />
      </IconButton>
    </div>
  );
}

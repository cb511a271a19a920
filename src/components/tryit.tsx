import React, { useRef, useState } from 'react';

import { errorWords, type IActivation, type ISchema, type JsonObject } from '../api/types';
import { ActivationView } from './activation';
import { InvokeForm, type IFormState } from './form';
import { Icon } from './icon';
import type { IActivationLink } from './status';

interface ITryItProps {
  name: string;
  schema: ISchema | null;
  initial?: IFormState;
  onEdited?: (state: IFormState) => void;
  invoke: (params: JsonObject) => Promise<IActivation>;
  linkTo?: (activation: IActivation) => IActivationLink;
}

type Outcome =
  | { state: 'none' | 'running' }
  | { state: 'done'; activation: IActivation }
  | { state: 'refused'; message: string; hint: string };

/** The form, and beneath it what the last invocation answered. */
export function TryIt(props: ITryItProps): React.ReactElement {
  const { name, schema, initial, onEdited, invoke, linkTo } = props;
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' });
  // An answer to an older call must not replace that of a newer one.
  const latest = useRef(0);

  const run = (params: JsonObject) => {
    const call = ++latest.current;
    const settle = (next: Outcome) => {
      if (call === latest.current) {
        setOutcome(next);
      }
    };
    setOutcome({ state: 'running' });
    invoke(params).then(
      activation => settle({ state: 'done', activation }),
      (error: unknown) => settle({ state: 'refused', ...errorWords(error) })
    );
  };

  return (
    <div className="jp-FaasTryIt">
      <InvokeForm
        name={name}
        schema={schema}
        initial={initial}
        onEdited={onEdited}
        busy={outcome.state === 'running'}
        onInvoke={run}
      />
      <div aria-live="polite">
        {outcome.state === 'done' && (
          <ActivationView activation={outcome.activation} link={linkTo?.(outcome.activation)} />
        )}
        {outcome.state === 'refused' && (
          <div className="jp-FaasTryIt-refused">
            <Icon name="disc-cross" tone="error" small />
            <div>
              <div>{outcome.message}</div>
              {outcome.hint && <div className="jp-Faas-secondary">{outcome.hint}</div>}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

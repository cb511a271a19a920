import React, { useEffect, useRef, useState } from 'react';

import { describeError } from '../../api/errors';
import type { IActivation } from '../../api/types';
import type { ISchema, JsonObject } from '../../api/values';
import { Button } from '../button';
import { Icon } from '../icon';
import { ActivationView } from './activationview';
import { prefilledForm, InvokeForm, type IFormState } from './invokeform';
import type { IActivationLink } from './runstatus';

interface ITryItProps {
  name: string;
  schema: ISchema | null;
  initial?: IFormState;
  /** Example parameters. The first example fills the form initially. */
  examples?: JsonObject[];
  onEdited?: (state: IFormState) => void;
  /** Whether the Invoke button is not filled, because another button of the card is. */
  plain?: boolean;
  invoke: (params: JsonObject) => Promise<IActivation>;
  /** Return the run of an earlier call that has no reply yet, or null. */
  resume?: () => Promise<IActivation> | null;
  /** End the call that began at `since`, and return what became of its run. */
  cancel?: (since: number) => Promise<{ message: string }>;
  linkTo?: (activation: IActivation) => IActivationLink;
}

type Outcome =
  | { state: 'none' }
  | { state: 'running'; since: number }
  | { state: 'done'; activation: IActivation }
  | { state: 'refused'; message: string; hint: string };

/** The form that invokes a function, and the result of the last invocation. */
export function TryIt(props: ITryItProps): React.ReactElement {
  const { name, schema, onEdited, invoke, resume, cancel, linkTo, examples = [] } = props;
  const prefilled = (number: number) =>
    examples[number] === undefined ? undefined : prefilledForm(schema, examples[number]);
  const [form, setForm] = useState({ number: 0, state: props.initial ?? prefilled(0) });
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' });
  // The response to an older call must not replace the response to a newer one.
  const latest = useRef(0);

  const follow = (running: Promise<IActivation>) => {
    const call = ++latest.current;
    const settle = (next: Outcome) => {
      if (call === latest.current) {
        setOutcome(next);
      }
    };
    setOutcome({ state: 'running', since: Date.now() });
    running.then(
      activation => settle({ state: 'done', activation }),
      (error: unknown) => settle({ state: 'refused', ...describeError(error) })
    );
  };

  // The page may have been reloaded during a call.
  useEffect(() => {
    const running = resume?.();
    if (running) {
      follow(running);
    }
  }, []);

  const giveUp = (since: number) => {
    const call = ++latest.current;
    const say = (message: string, hint: string) => {
      if (call === latest.current) {
        setOutcome({ state: 'refused', message, hint });
      }
    };
    say('Cancelling…', '');
    cancel?.(since).then(
      ({ message }) => say(message, ''),
      (error: unknown) => {
        const { message, hint } = describeError(error);
        say(message, hint);
      }
    );
  };

  return (
    <div className="jp-FaasTryIt">
      {examples.length > 1 && (
        <div className="jp-FaasTryIt-examples">
          {examples.map((_, index) => (
            <Button
              key={index}
              label={`Fill in example ${index + 1}`}
              onClick={() => {
                const state = prefilled(index);
                // Use a new key, so that the form is reset even if the same example is chosen
                // again.
                setForm({ number: form.number + 1, state });
                if (state) {
                  onEdited?.(state);
                }
              }}
            >
              Example {index + 1}
            </Button>
          ))}
        </div>
      )}
      <InvokeForm
        key={form.number}
        name={name}
        schema={schema}
        initial={form.state}
        onEdited={onEdited}
        busy={outcome.state === 'running'}
        plain={props.plain}
        onInvoke={params => follow(invoke(params))}
      />
      {outcome.state === 'running' && (
        <Waiting since={outcome.since} onCancel={cancel && (() => giveUp(outcome.since))} />
      )}
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

interface IWaitingProps {
  since: number;
  onCancel?: () => void;
}

/** The seconds since a call began, once there are some, with a button that gives it up. */
function Waiting({ since, onCancel }: IWaitingProps): React.ReactElement | null {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(clock);
  }, []);
  const seconds = Math.floor((now - since) / 1000);
  return seconds < 1 ? null : (
    <div className="jp-FaasTryIt-waiting jp-Faas-small">
      <span className="jp-Faas-secondary jp-Faas-number">Running for {seconds} s</span>
      {onCancel && <Button onClick={onCancel}>Cancel</Button>}
    </div>
  );
}

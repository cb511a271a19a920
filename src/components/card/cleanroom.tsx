import React from 'react';

import type { ICleanRoom, IExample, IForecast } from '../../api/card';
import { IconButton } from '../button';
import { Icon } from '../icon';
import { JsonView } from '../jsonview';
import { CardRow } from './cardrows';

interface ICleanRoomRowProps {
  forecast: IForecast;
  /** Whether the clean-room test may still be running. */
  measuring: boolean;
}

/**
 * The row of the clean-room test, which checks whether the package alone returns what the notebook
 * returned.
 */
export function CleanRoomRow({
  forecast,
  measuring
}: ICleanRoomRowProps): React.ReactElement | null {
  const run = forecast.clean_room;
  if (!run) {
    const pending = run === null && measuring && forecast.state === 'measuring';
    return pending ? (
      <CardRow label="Clean-room test">
        <div className="jp-FaasCard-line">
          <Icon name="arc" tone="busy" />
          <span className="jp-Faas-secondary">running…</span>
        </div>
      </CardRow>
    ) : null;
  }
  return (
    <CardRow label="Clean-room test">
      {run.state === 'failed' ? failureLines(run) : successLine(run)}
    </CardRow>
  );
}

function successLine(run: ICleanRoom): React.ReactElement {
  const passed = run.state === 'passed';
  return (
    <div className="jp-FaasCard-line">
      <Icon name={passed ? 'check' : 'ring'} tone={passed ? 'ok' : 'plain'} />
      <span className={passed ? undefined : 'jp-Faas-secondary'}>
        {run.note.charAt(0).toUpperCase() + run.note.slice(1)}
        {/* Without a test input, nothing was called that could have taken time. */}
        {passed && <Duration run={run} />}
      </span>
    </div>
  );
}

function failureLines(run: ICleanRoom): React.ReactElement {
  return (
    <>
      <div className="jp-FaasCard-line" role="alert">
        <Icon name="disc-cross" tone="error" small />
        <span>
          {run.message}
          <Duration run={run} />
        </span>
      </div>
      <div className="jp-FaasCard-beside">
        {Object.entries(run.answers).map(([name, value]) => (
          <React.Fragment key={name}>
            <span className="jp-Faas-secondary">{name}</span>
            <JsonView value={value} />
          </React.Fragment>
        ))}
      </div>
      {run.hint && <div className="jp-Faas-secondary jp-FaasCard-cure">{run.hint}</div>}
    </>
  );
}

function Duration({ run }: { run: ICleanRoom }): React.ReactElement | null {
  return run.ms === 0 ? null : (
    <span className="jp-Faas-secondary jp-FaasCard-took">{(run.ms / 1000).toFixed(1)} s</span>
  );
}

interface IExamplesRowProps {
  examples: IExample[];
  copy?: (text: string) => void;
}

/** The row with the commands for the test inputs and the notebook's results. */
export function ExamplesRow({ examples, copy }: IExamplesRowProps): React.ReactElement | null {
  return examples.length === 0 ? null : (
    <CardRow label="Examples">
      <div className="jp-FaasCard-examples">
        {examples.map(example => (
          <React.Fragment key={example.command}>
            <div className="jp-FaasCard-line">
              <span className="jp-Faas-mono jp-FaasCard-url">{example.command}</span>
              {copy && (
                <IconButton
                  label={`Copy ${example.command}`}
                  title="Copy"
                  onClick={() => copy(example.command)}
                >
                  <Icon name="copy" />
                </IconButton>
              )}
            </div>
            {example.answer !== null && <JsonView value={example.answer} />}
          </React.Fragment>
        ))}
      </div>
    </CardRow>
  );
}

import React from 'react';

import type { IForecast, IPreflightCheck } from '../../api/card';
import { about, share } from '../../format/format';
import {
  coldStartOutcome,
  checkOutcome,
  roomyTimeout,
  preflightVerdict,
  type Outcome
} from '../../format/preflight';
import type { IconName } from '../../icons';
import type { Tone } from '../../state/functionstate';
import { Button } from '../button';
import { Icon } from '../icon';
import { CardRow } from './cardrows';

const ICONS: { [outcome in Outcome]: IconName } = {
  ok: 'check',
  unknown: 'broken-ring',
  warn: 'warning',
  error: 'error'
};
const TONES: { [outcome in Outcome]: Tone } = {
  ok: 'ok',
  unknown: 'plain',
  warn: 'warn',
  error: 'error'
};
const SPOKEN: { [outcome in Outcome]: string } = {
  ok: ' passed:',
  unknown: ' unknown:',
  warn: ' warns:',
  error: ' failed:'
};

interface IPreflightRowProps {
  checks: IPreflightCheck[];
  /** The label of the target that was checked. */
  label: string;
  timeoutMs: number;
  forecast: IForecast;
  measuring: boolean;
  /**
   * Whether to hide the cold start. The cold start of a composition depends on the actions that it
   * calls.
   */
  unforecast?: boolean;
  /** Write an option, such as `--timeout 120`, into the cell. */
  setOption?: (option: string) => void;
  /** Return whether the cell has the option already, so that it only needs to run again. */
  hasOption?: (option: string) => boolean;
}

/** The result of the preflight check: the verdict, its rows, and fixes. */
export function PreflightRow(props: IPreflightRowProps): React.ReactElement {
  const { checks, label, timeoutMs, forecast, measuring } = props;
  const { outcome, text: words } = preflightVerdict({ checks, forecast, timeoutMs, label });
  return (
    <CardRow label="Preflight">
      <div className="jp-FaasCard-line jp-mod-strong">
        <Icon name={ICONS[outcome]} tone={TONES[outcome]} />
        <span>{words}</span>
      </div>
      <div className="jp-FaasCard-table">
        <div className="jp-FaasCard-preflight">
          {checks.map(one => (
            <CheckLines key={`${one.check} ${one.value}`} check={one} />
          ))}
          {!props.unforecast && (
            <ColdStart forecast={forecast} measuring={measuring} timeoutMs={timeoutMs} />
          )}
        </div>
      </div>
      <Fixes {...props} />
    </CardRow>
  );
}

function CheckLines({ check }: { check: IPreflightCheck }): React.ReactElement {
  const outcome = checkOutcome(check);
  return (
    <>
      <Icon name={ICONS[outcome]} tone={TONES[outcome]} />
      <span>
        {check.check}
        <span className="jp-Faas-hidden">{SPOKEN[outcome]}</span>
      </span>
      <span className="jp-mod-right">{check.value}</span>
      <span className={outcome === 'ok' ? 'jp-Faas-secondary' : undefined}>{check.note}</span>
      {check.parts?.map(part => (
        <React.Fragment key={part.name}>
          <span />
          <span className="jp-FaasCard-part jp-Faas-secondary">{part.name}</span>
          <span className="jp-mod-right jp-Faas-secondary">{part.value}</span>
          <span />
        </React.Fragment>
      ))}
    </>
  );
}

/**
 * The fixes for failed checks and warnings, as hints and as buttons that write an option into the
 * cell.
 */
function Fixes(props: IPreflightRowProps): React.ReactElement | null {
  const { checks, forecast, timeoutMs, setOption, hasOption } = props;
  const unwell = checks.filter(one => checkOutcome(one) !== 'ok');
  const fixes = unwell.map(one => one.fix).filter(fix => fix !== undefined);
  const seconds = coldStartOutcome(forecast) === 'ok' ? null : roomyTimeout(forecast, timeoutMs);
  if (seconds !== null && !fixes.some(fix => fix.startsWith('--timeout '))) {
    fixes.push(`--timeout ${seconds}`);
  }
  const written = fixes.filter(fix => hasOption?.(fix));
  const left = fixes.filter(fix => !written.includes(fix));
  const hints = [...new Set(unwell.map(one => one.hint).filter(Boolean))];
  if (fixes.length === 0 && hints.length === 0) {
    return null;
  }
  return (
    <div className="jp-FaasCard-fix">
      {hints.map(hint => (
        <div key={hint} className="jp-Faas-secondary jp-Faas-small">
          {hint}
        </div>
      ))}
      {/* The element stays, so that screen readers announce the note. */}
      <div role="status">
        {written.length > 0 && (
          <div className="jp-FaasCard-line">
            <Icon name="check" tone="ok" />
            <span>
              <code>{written.join(' ')}</code> is now in the cell. Run the cell again.
            </span>
          </div>
        )}
      </div>
      {setOption && left.length > 0 && (
        <div className="jp-FaasCard-fixes">
          {left.map(fix => (
            <Button key={fix} onClick={() => setOption(fix)}>
              Set {fix} in the cell
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

interface IColdStartProps {
  forecast: IForecast;
  measuring: boolean;
  timeoutMs: number;
}

function ColdStart({ forecast, measuring, timeoutMs }: IColdStartProps): React.ReactElement {
  if (forecast.cold_ms === null) {
    const pending = measuring && forecast.state === 'measuring';
    const failed = forecast.message !== '';
    return (
      <>
        {pending ? (
          <Icon name="arc" tone="busy" />
        ) : (
          <Icon name={failed ? 'warning' : 'ring'} tone={failed ? 'warn' : 'plain'} />
        )}
        <span>Cold start</span>
        <span className="jp-mod-right jp-Faas-secondary">
          {pending ? 'measuring…' : 'not measured'}
        </span>
        <span>{forecast.message}</span>
      </>
    );
  }
  const part = forecast.timeout_share;
  const outcome = coldStartOutcome(forecast);
  return (
    <>
      <Icon name={ICONS[outcome]} tone={TONES[outcome]} />
      <span>Cold start</span>
      <span className="jp-mod-right">{about(forecast.cold_ms)}</span>
      <span className={outcome === 'ok' ? 'jp-Faas-secondary' : undefined}>
        {part !== null && `${share(part)} of the ${timeoutMs / 1000} s timeout`}
        {forecast.note && `; ${forecast.note}`}
      </span>
    </>
  );
}

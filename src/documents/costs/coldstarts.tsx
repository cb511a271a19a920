import React, { useEffect, useState } from 'react';

import type { IColdStartPrice, IFunctionCost, IKeepWarm } from '../../api/costs';
import { Button } from '../../components/button';
import { PER_MILLION } from '../../format/money';
import type { IFunctionRule } from '../../tokens';

interface IColdStartsSectionProps {
  one: IFunctionCost;
  /** The chosen share of cold starts; null for the observed share. */
  rate: string | null;
  onRate: (rate: string | null) => void;
  /** The rule that keeps the function warm, if any. */
  warmed: IFunctionRule | null;
  /** Create a rule that keeps the function warm; null if the function is not deployed. */
  onKeepWarm: (() => void) | null;
  onStop: () => void;
}

/**
 * The section with the cost of cold starts at a given rate, and the price of keeping the function
 * warm.
 */
export function ColdStartsSection(props: IColdStartsSectionProps): React.ReactElement | null {
  const { one, rate, onRate } = props;
  const { name, cold_start: cold, keep_warm: warm } = one;
  // The functions of a composition have their own cold starts, and its price includes their calls.
  if ((cold === null && warm === null) || one.kind === 'composition') {
    return null;
  }
  return (
    <section aria-label={`Cold starts of ${name}`}>
      <h2>
        Cold starts <span className="jp-Faas-secondary">{PER_MILLION}</span>
      </h2>
      {cold ? (
        <Prices cold={cold} rate={rate} onRate={onRate} />
      ) : (
        <p className="jp-Faas-secondary">
          {one.cold === 0
            ? 'No call was a cold start, so the cost of a cold start is not known.'
            : 'Every call was a cold start.'}
        </p>
      )}
      {warm && <KeepWarm {...props} warm={warm} />}
    </section>
  );
}

function KeepWarm(props: IColdStartsSectionProps & { warm: IKeepWarm }): React.ReactElement {
  const { one, warm, warmed, onKeepWarm, onStop } = props;
  const { by, text, rule } = warm;
  const every = `a call every ${Math.round(rule.every_s / 60)} minutes`;
  return (
    <>
      {by && (
        <p className="jp-FaasCosts-line">
          <span>Kept warm by {by}</span>
          <span className="jp-Faas-number">{text} a month</span>
        </p>
      )}
      <p className="jp-FaasCosts-line">
        <span>Kept warm by {every}</span>
        <span className="jp-Faas-number">{rule.text} a month</span>
      </p>
      {warmed ? (
        <>
          <p className="jp-FaasCosts-warm">
            {warmed.active
              ? `The trigger ${warmed.trigger} calls the function ${warmed.when}.`
              : `The trigger ${warmed.trigger} is paused, so the next call may be a cold start.`}
          </p>
          <Button onClick={onStop} label={`Stop keeping ${one.name} warm…`}>
            Stop keeping warm…
          </Button>
        </>
      ) : (
        onKeepWarm && (
          <Button onClick={onKeepWarm} label={`Keep ${one.name} warm…`}>
            Keep warm…
          </Button>
        )
      )}
    </>
  );
}

interface IPricesProps {
  cold: IColdStartPrice;
  rate: string | null;
  onRate: (rate: string | null) => void;
}

function Prices({ cold, rate, onRate }: IPricesProps): React.ReactElement {
  return (
    <>
      <table className="jp-FaasTable" aria-label="Per million calls">
        <tbody>
          <tr>
            <td>All cold</td>
            <td className="jp-Faas-number jp-mod-right">{cold.cold_text}</td>
          </tr>
          <tr>
            <td>None cold</td>
            <td className="jp-Faas-number jp-mod-right">{cold.warm_text}</td>
          </tr>
          <tr>
            <td>
              <RateField seen={cold.rate} rate={rate} onRate={onRate} />
            </td>
            <td className="jp-Faas-number jp-mod-right" aria-live="polite">
              {cold.mixed_text}
            </td>
          </tr>
        </tbody>
      </table>
      <p className="jp-Faas-secondary jp-Faas-small">
        Measured in the calls of this period. The prices on the card are a forecast, which assumes
        that each cold start uses a new Python process.
      </p>
    </>
  );
}

interface IRateFieldProps {
  seen: number;
  rate: string | null;
  onRate: (rate: string | null) => void;
}

/** A field for the rate in percent. An empty field means the observed rate. */
function RateField({ seen, rate, onRate }: IRateFieldProps): React.ReactElement {
  const shown = rate === null ? String(Number((100 * seen).toFixed(2))) : rate.replace('%', '');
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const fits = text === '' || isPercent(text);
  const take = () => {
    if (!fits) {
      setText(shown);
    } else if (text === '') {
      onRate(null);
    } else if (text !== shown) {
      onRate(`${text}%`);
    }
  };
  return (
    <label className="jp-FaasCosts-rate">
      <span className="jp-FaasField">
        <input
          value={text}
          inputMode="decimal"
          aria-label="Percentage of cold starts"
          aria-invalid={!fits}
          title={fits ? 'Leave empty to use the observed rate' : 'A number from 0 to 100'}
          onChange={event => setText(event.target.value.trim())}
          onBlur={take}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              take();
            }
          }}
        />
      </span>
      % cold{rate === null && <span className="jp-Faas-secondary">observed</span>}
    </label>
  );
}

function isPercent(text: string): boolean {
  return /^\d{1,3}(\.\d{1,6})?$/.test(text) && Number(text) <= 100;
}

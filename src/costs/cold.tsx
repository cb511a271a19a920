import React, { useEffect, useState } from 'react';

import type { IColdPrice, IFunctionCost, IKeepWarm } from '../api/types';

interface IColdSectionProps {
  one: IFunctionCost;
  /** Null: the one that was seen. */
  rate: string | null;
  onRate: (rate: string | null) => void;
}

/** What cold starts cost at a rate of them, and what it costs that there is none. */
export function ColdSection({ one, rate, onRate }: IColdSectionProps): React.ReactElement | null {
  const { name, cold_start: cold, keep_warm: warm } = one;
  if (cold === null && warm === null) {
    return null;
  }
  return (
    <section aria-label={`Cold starts of ${name}`}>
      <h2>
        Cold starts <span className="jp-Faas-secondary">$ / million</span>
      </h2>
      {cold ? (
        <Prices cold={cold} rate={rate} onRate={onRate} />
      ) : (
        <p className="jp-Faas-secondary">
          {one.cold === 0
            ? 'No call was a cold start, so nothing tells what one costs.'
            : 'Every call was a cold start.'}
        </p>
      )}
      {warm && (
        <p className="jp-FaasCosts-line">
          <span>Kept warm by {howWarm(warm)}</span>
          <span className="jp-Faas-number">{warm.text} a month</span>
        </p>
      )}
    </section>
  );
}

function howWarm({ by, every_s: every }: IKeepWarm): string {
  return by || `a call every ${Math.round(every / 60)} minutes`;
}

interface IPricesProps extends Omit<IColdSectionProps, 'one'> {
  cold: IColdPrice;
}

function Prices({ cold, rate, onRate }: IPricesProps): React.ReactElement {
  return (
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
  );
}

interface IRateFieldProps {
  seen: number;
  rate: string | null;
  onRate: (rate: string | null) => void;
}

/** Percent; emptied, what was seen counts again. */
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
          aria-label="Percent of cold starts"
          aria-invalid={!fits}
          title={fits ? 'Empty: the share that was seen' : 'A number from 0 to 100'}
          onChange={event => setText(event.target.value.trim())}
          onBlur={take}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              take();
            }
          }}
        />
      </span>
      % cold{rate === null && <span className="jp-Faas-secondary">as seen</span>}
    </label>
  );
}

function isPercent(text: string): boolean {
  return /^\d{1,3}(\.\d{1,6})?$/.test(text) && Number(text) <= 100;
}

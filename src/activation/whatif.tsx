import React, { useState } from 'react';

import { Button } from '../components/button';
import { memory, MISSING, plural, share } from '../format';
import type { ISheetProps } from './body';
import { sameFunction, whatIf, type ICostLine } from './costs';
import { minus, usd, ZERO } from '../money';
import { MemorySlider } from './slider';

/** Of OpenWhisk, where the target does not tell its own. */
const USUAL_BOUNDS = { min: 128, max: 4096 };

interface IWhatIfProps extends ISheetProps {
  line: ICostLine;
  memoryMb: number;
}

/** What the session would cost with another memory size of one function. */
export function WhatIf(props: IWhatIfProps): React.ReactElement {
  const { session, tree, line, memoryMb, manager, actions } = props;
  const [wanted, setWanted] = useState(memoryMb);
  const limits = manager.status?.limits?.memory_mb ?? USUAL_BOUNDS;
  const bounds = { min: Math.min(limits.min, memoryMb), max: Math.max(limits.max, memoryMb) };
  const then = whatIf(session, tree, line, wanted);
  const calls = sameFunction(tree, line).length;
  const set = actions.setMemory(line.name);
  const less = wanted <= memoryMb;
  const dearer = then.saves.units < 0n;
  return (
    <section className="jp-FaasWhatIf" aria-label={`What if ${line.name} had other memory`}>
      <h2>
        What if {line.name} had {less ? 'less' : 'more'} memory?
      </h2>
      <div className="jp-FaasWhatIf-now">
        <span className="jp-FaasWhatIf-value">{memory(wanted)}</span>
        <span className="jp-FaasSession-space" />
        <span className="jp-Faas-secondary jp-Faas-small">now {memory(memoryMb)}</span>
      </div>
      <MemorySlider
        label={`Memory of ${line.name}`}
        value={wanted}
        bounds={bounds}
        onChange={setWanted}
      />
      <table className="jp-FaasTable" aria-live="polite">
        <tbody>
          <tr>
            <td>Per million calls</td>
            <td className="jp-Faas-number jp-mod-right">{usd(then.total)}</td>
          </tr>
          <tr>
            <td>{dearer ? 'Costs more' : 'Saves'}</td>
            <td
              className={`jp-Faas-number jp-mod-right${then.saves.units > 0n ? ' jp-mod-saves' : ''}`}
            >
              {wanted === memoryMb
                ? MISSING
                : `${usd(dearer ? minus(ZERO, then.saves) : then.saves)} (${share(then.share)})`}
            </td>
          </tr>
        </tbody>
      </table>
      <p className="jp-Faas-secondary jp-Faas-small">
        {calls > 1 ? `For all ${plural(calls, 'run')} of it. ` : ''}
        Assumes the same duration. Less memory can also mean a smaller CPU share on the target.
      </p>
      {set && wanted !== memoryMb && (
        <Button large onClick={() => set(wanted)}>
          Set --memory {wanted} in the cell
        </Button>
      )}
    </section>
  );
}

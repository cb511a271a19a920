import React, { useState } from 'react';

import type { ISession } from '../../../api/session';
import { Icon } from '../../../components/icon';
import { MemoryButton } from '../../../components/memorybutton';
import { memory, MISSING, plural, share } from '../../../format/format';
import { minus, usd, ZERO } from '../../../format/money';
import type { ITabProps } from '../props';
import { MemorySlider } from './memoryslider';
import {
  peakMemory,
  callsOfFunction,
  slowdown,
  whatIf,
  type ICostLine,
  type IWhatIf
} from './sessioncosts';

/** The limits for targets that do not report their own: OpenWhisk's defaults. */
const DEFAULT_BOUNDS = { min: 128, max: 4096 };

interface IWhatIfProps extends ITabProps {
  line: ICostLine;
  memoryMb: number;
}

/** A calculator for the cost of the session if one function had another memory size. */
export function WhatIf(props: IWhatIfProps): React.ReactElement {
  const { session, tree, line, memoryMb, manager, actions } = props;
  const [wanted, setWanted] = useState(memoryMb);
  const limits = manager.status?.limits?.memory_mb ?? DEFAULT_BOUNDS;
  const bounds = { min: Math.min(limits.min, memoryMb), max: Math.max(limits.max, memoryMb) };
  const slower = slowdown(session, memoryMb, wanted);
  // The duration of waiting does not change, and the duration of single-core code scales with CPU.
  // Every function is between these two.
  const ends = [1, ...(slower === 1 ? [] : [slower])]
    .map(factor => whatIf(session, tree, line, wanted, factor))
    .sort((one, other) => Number(minus(one.saves, other.saves).units));
  const calls = callsOfFunction(tree, line).length;
  const set = actions.setMemory(line.name);
  const peak = peakMemory(tree, line);
  return (
    <section
      className="jp-FaasWhatIf"
      aria-label={`What if ${line.name} had a different memory size`}
    >
      <h2>
        What if {line.name} had {wanted <= memoryMb ? 'less' : 'more'} memory?
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
        peak={peak}
        onChange={setWanted}
      />
      {peak !== null && wanted < peak && (
        <p className="jp-FaasWhatIf-peak">
          <Icon name="triangle" tone="warn" small />
          <span>{`Peak use was ${memory(peak)}. With less memory, the function would have been stopped.`}</span>
        </p>
      )}
      <table className="jp-FaasTable" aria-live="polite">
        <tbody>
          <tr>
            <td>Per million calls</td>
            <td className="jp-Faas-number jp-mod-right">
              {rangeText([...ends].reverse().map(one => usd(one.total)))}
            </td>
          </tr>
          <tr>
            <SavedCells ends={ends} same={wanted === memoryMb} />
          </tr>
        </tbody>
      </table>
      <p className="jp-Faas-secondary jp-Faas-small">
        {calls > 1
          ? `The memory size applies to all ${plural(calls, 'run')} of ${line.name}. `
          : ''}
        {speedText(session, slower, wanted === memoryMb)}
      </p>
      {wanted !== memoryMb && <MemoryButton megabytes={wanted} set={set} />}
    </section>
  );
}

/**
 * The table cells for the minimum and maximum savings. Negative savings are shown as extra cost.
 */
function SavedCells(props: { ends: IWhatIf[]; same: boolean }): React.ReactElement {
  const { ends, same } = props;
  const dearer = ends.every(({ saves }) => saves.units <= 0n) && !same;
  const shown = dearer ? [...ends].reverse() : ends;
  const words = shown.map(
    ({ saves, share: part }) => `${usd(dearer ? minus(ZERO, saves) : saves)} (${share(part)})`
  );
  const saving = ends.every(({ saves }) => saves.units > 0n);
  return (
    <>
      <td>{dearer ? 'Costs more' : 'Saves'}</td>
      <td className={`jp-Faas-number jp-mod-right${saving ? ' jp-mod-saves' : ''}`}>
        {same ? MISSING : rangeText(words)}
      </td>
    </>
  );
}

function rangeText(words: string[]): string {
  const [first, last] = [words[0], words[words.length - 1]];
  return first === last ? (first ?? '') : `${first} to ${last}`;
}

/** Explain how memory changes the duration with this price list. */
function speedText({ prices }: ISession, slower: number, same: boolean): string {
  if (slower > 1) {
    return `With less memory, ${prices.label} also provides less CPU. Calls that compute may take up to ${slower.toFixed(1)} times as long; calls that only wait take as long as before.`;
  }
  if (slower < 1) {
    return `With more memory, ${prices.label} also provides more CPU. Calls that compute may be up to ${(1 / slower).toFixed(1)} times as fast; calls that only wait take as long as before.`;
  }
  if (prices.speed === undefined) {
    return 'Less memory does not mean less CPU, unless other processes compete for the CPU.';
  }
  if (prices.cpu !== undefined) {
    return 'The CPU does not depend on the memory size.';
  }
  return same
    ? `With ${prices.label}, the CPU depends on the memory size.`
    : 'The function has at least one core with either size, so only code that uses several cores runs at a different speed.';
}

import React, { useRef } from 'react';

import { count, memory } from '../../../format/format';
import { nextMultiple } from './sessioncosts';

const STEP_MB = 128;
const PAGE_MB = 512;

interface IMemorySliderProps {
  label: string;
  value: number;
  bounds: { min: number; max: number };
  /** The peak memory in MB; null if unknown. */
  peak: number | null;
  onChange: (megabytes: number) => void;
}

/**
 * A slider for memory sizes. Arrow keys change the size by 128 MB, PageUp and PageDown by 512 MB.
 * The pointer snaps to multiples of 128 MB.
 */
export function MemorySlider(props: IMemorySliderProps): React.ReactElement {
  const { label, value, bounds, peak, onChange } = props;
  const { min, max } = bounds;
  const track = useRef<HTMLDivElement>(null);
  const at = (megabytes: number) =>
    max > min ? Math.min(100, Math.max(0, (100 * (megabytes - min)) / (max - min))) : 0;
  const part = at(value);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const targets: { [key: string]: number } = {
      ArrowRight: nextMultiple(value, STEP_MB, bounds),
      ArrowUp: nextMultiple(value, STEP_MB, bounds),
      ArrowLeft: nextMultiple(value, -STEP_MB, bounds),
      ArrowDown: nextMultiple(value, -STEP_MB, bounds),
      PageUp: nextMultiple(value, PAGE_MB, bounds),
      PageDown: nextMultiple(value, -PAGE_MB, bounds),
      Home: min,
      End: max
    };
    const target = targets[event.key];
    if (target !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      onChange(target);
    }
  };
  const follow = (event: React.PointerEvent) => {
    const { left, width } = track.current?.getBoundingClientRect() ?? { left: 0, width: 0 };
    if (width > 0) {
      const there = min + ((event.clientX - left) / width) * (max - min);
      onChange(Math.min(max, Math.max(min, Math.round(there / STEP_MB) * STEP_MB)));
    }
  };
  return (
    <>
      <div
        className="jp-FaasSlider"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={min}
        aria-valuemax={max}
        aria-valuenow={value}
        aria-valuetext={
          peak === null ? memory(value) : `${memory(value)}, peak use ${memory(peak)}`
        }
        onKeyDown={onKeyDown}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          follow(event);
        }}
        onPointerMove={event => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) {
            follow(event);
          }
        }}
      >
        <div className="jp-FaasSlider-track" ref={track}>
          <span className="jp-FaasSlider-filled" style={{ width: `${part}%` }} />
          {peak !== null && peak >= min && (
            <i className="jp-FaasSlider-peak" style={{ left: `${at(peak)}%` }} />
          )}
          <span className="jp-FaasSlider-thumb" style={{ left: `${part}%` }} />
        </div>
      </div>
      <div className="jp-FaasSlider-ends" aria-hidden="true">
        <span>{count(min)}</span>
        {peak !== null && <span>peak use {memory(peak)}</span>}
        <span>{count(max)}</span>
      </div>
    </>
  );
}

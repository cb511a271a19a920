import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import type React from 'react';

import type { Layouts } from './dagrelayout';
import type { ILayout } from './geometry';

const LEAST = 0.1;
const MOST = 4;
const STEP = 1.25;

/** Below this size the words are not read without effort. */
const READABLE = 0.75;
/** So small does a drawing that runs down begin; what has no room then is scrolled to. */
const SMALLEST_DOWN = 0.6;

/** A finger or mouse that moved less than this has clicked. */
const CLICK = 4;

export interface IViewport {
  view: React.RefObject<HTMLDivElement>;
  layout: ILayout | null;
  scale: number;
  zoomIn: () => void;
  zoomOut: () => void;
  /** Whether something goes on at the right. */
  cut: boolean;
  /** Whether it has to be scrolled to be seen whole. */
  scrolls: boolean;
  /** All of it at once, however small. */
  fit: () => void;
}

/** Chooses the direction for the room there is; zooms, and moves by dragging. */
export function useViewport(layouts: Layouts | null, most: number | null): IViewport {
  const view = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  // Null while the drawing follows the room.
  const [zoom, setZoom] = useState<number | null>(null);
  const anchor = useRef<{ x: number; y: number; before: number } | null>(null);

  useEffect(() => {
    const element = view.current;
    if (element === null) {
      return;
    }
    const measure = () => setRoom(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  const layout = layouts && chosen(layouts, room, most);
  const start = layout ? startScale(layout, room, most) : 1;
  const scale = zoom ?? start;

  const [scrolled, setScrolled] = useState(0);
  const drawn = layout !== null && room > 0;
  const cut = drawn && layout.width * scale - scrolled > room + 1;
  const scrolls =
    drawn && (layout.width * scale > room + 1 || (most !== null && layout.height * scale > most));

  const zoomTo = (next: number, at?: { x: number; y: number }) => {
    const element = view.current;
    if (element) {
      anchor.current = {
        x: at?.x ?? element.clientWidth / 2,
        y: at?.y ?? element.clientHeight / 2,
        before: scale
      };
    }
    setZoom(Math.min(MOST, Math.max(LEAST, next)));
  };

  // What does not fit is first seen where it begins.
  useLayoutEffect(() => {
    const element = view.current;
    const begin = layout?.marks.find(one => one.of.kind === 'start');
    if (element && begin) {
      element.scrollLeft = Math.max(0, begin.x * scale - element.clientWidth / 2);
      element.scrollTop = Math.max(0, begin.y * scale - element.clientHeight / 2);
    }
  }, [layout]);

  // What is under the pointer, or in the middle, stays there.
  useLayoutEffect(() => {
    const element = view.current;
    if (element && anchor.current) {
      const { x, y, before } = anchor.current;
      element.scrollLeft = ((element.scrollLeft + x) * scale) / before - x;
      element.scrollTop = ((element.scrollTop + y) * scale) / before - y;
      anchor.current = null;
    }
  }, [scale]);

  const zooming = useRef(zoomTo);
  zooming.current = (next, at) => zoomTo(next, at);
  const current = useRef(scale);
  current.current = scale;
  useEffect(() => {
    const element = view.current;
    if (element === null) {
      return;
    }
    const stopWheel = onZoomWheel(element, (factor, at) =>
      zooming.current(current.current * factor, at)
    );
    const stopDrag = onDrag(element);
    const scroll = () => setScrolled(element.scrollLeft);
    element.addEventListener('scroll', scroll);
    return () => {
      element.removeEventListener('scroll', scroll);
      stopWheel();
      stopDrag();
    };
  }, []);

  return {
    view,
    layout,
    scale,
    cut,
    scrolls,
    zoomIn: () => zoomTo(scale * STEP),
    zoomOut: () => zoomTo(scale / STEP),
    fit: () => {
      const element = view.current;
      if (element && layout) {
        setZoom(Math.max(LEAST, fitting(layout, element.clientWidth, most)));
      }
    }
  };
}

function fitting({ width, height }: ILayout, room: number, most: number | null): number {
  return Math.min(1, room > 0 ? room / width : 1, most === null ? 1 : most / height);
}

function startScale(layout: ILayout, room: number, most: number | null): number {
  // A long way down is scrolled, so only its width has to fit.
  return layout.direction === 'down'
    ? Math.max(SMALLEST_DOWN, fitting(layout, room, null))
    : Math.max(READABLE, fitting(layout, room, most));
}

/** To the right where that can be read, else whichever way shows more. */
export function chosen(layouts: Layouts, room: number, most: number | null): ILayout {
  const right = layouts('right');
  if (room === 0 || fitting(right, room, null) >= READABLE) {
    return right;
  }
  const down = layouts('down');
  if (most !== null && down.height > most && right.height <= most && room >= 2 * most) {
    // Where little height is given, a long way to the right shows more of itself.
    return right;
  }
  return fitting(down, room, null) > fitting(right, room, null) ? down : right;
}

/** Ctrl and the wheel zoom; the wheel alone scrolls the page as everywhere. */
function onZoomWheel(
  element: HTMLElement,
  zoom: (factor: number, at: { x: number; y: number }) => void
): () => void {
  const turned = (event: WheelEvent) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - left, y: event.clientY - top });
    }
  };
  // React's own listener could not keep the browser from zooming the page.
  element.addEventListener('wheel', turned, { passive: false });
  return () => element.removeEventListener('wheel', turned);
}

function onDrag(element: HTMLElement): () => void {
  let from: { x: number; y: number; left: number; top: number } | null = null;
  let moved = false;
  const down = (event: PointerEvent) => {
    if (event.button === 0 && event.pointerType !== 'touch') {
      const { scrollLeft: left, scrollTop: top } = element;
      from = { x: event.clientX, y: event.clientY, left, top };
      moved = false;
    }
  };
  const move = (event: PointerEvent) => {
    if (from === null) {
      return;
    }
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!moved && Math.hypot(dx, dy) >= CLICK) {
      moved = true;
      element.setPointerCapture(event.pointerId);
    }
    if (moved) {
      element.scrollLeft = from.left - dx;
      element.scrollTop = from.top - dy;
    }
  };
  const up = () => {
    from = null;
  };
  // The end of a drag is no click on the box beneath it.
  const click = (event: MouseEvent) => {
    if (moved) {
      event.stopPropagation();
      moved = false;
    }
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('click', click, true);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('click', click, true);
  };
}

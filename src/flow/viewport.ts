import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import type React from 'react';

import type { Layouts } from './dagrelayout';
import type { ILayout } from './geometry';
import { SMALLEST_FONT } from './sizes';

const MIN_ZOOM = 0.1;
const MAX_ZOOM = 4;
const ZOOM_FACTOR = 1.25;

/** The smallest initial zoom. Its smallest text has 11 px, and the user scrolls to see the rest. */
const MIN_READABLE_ZOOM = 11 / SMALLEST_FONT;

/** The distance in px up to which a pointer movement counts as a click. */
const MAX_CLICK_DISTANCE = 4;

export interface IViewport {
  view: React.RefObject<HTMLDivElement>;
  layout: ILayout | null;
  scale: number;
  zoomIn: () => void;
  zoomOut: () => void;
  /** The edges of the view beyond which the drawing continues. */
  cut: { left: boolean; right: boolean; below: boolean };
  /** Whether the drawing must be scrolled to see all of it. */
  scrolls: boolean;
  /** Zoom so that the whole drawing is visible, however small. */
  fit: () => void;
}

/** Choose the direction of flow that fits the width, and provide zooming and panning by dragging. */
export function useViewport(layouts: Layouts | null, most: number | null): IViewport {
  const view = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  // The zoom is null until the user zooms; until then, the drawing follows the width.
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

  const layout = layouts && chooseLayout(layouts, room, most);
  const start = layout ? initialZoom(layout, room, most) : 1;
  const scale = zoom ?? start;

  const [scrolled, setScrolled] = useState({ left: 0, top: 0 });
  const drawn = layout !== null && room > 0;
  const cut = {
    left: drawn && scrolled.left > 1,
    right: drawn && layout.width * scale - scrolled.left > room + 1,
    below: drawn && most !== null && layout.height * scale - scrolled.top > most + 1
  };
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
    setZoom(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, next)));
  };

  // Show the start of the drawing initially.
  useLayoutEffect(() => {
    const element = view.current;
    const begin = layout?.marks.find(one => one.of.kind === 'start');
    if (element && begin) {
      element.scrollLeft = Math.max(0, begin.x * scale - element.clientWidth / 2);
      element.scrollTop = Math.max(0, begin.y * scale - element.clientHeight / 2);
    }
  }, [layout]);

  // While zooming, keep the point under the pointer, or the centre, in place.
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
    const scroll = () => setScrolled({ left: element.scrollLeft, top: element.scrollTop });
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
    zoomIn: () => zoomTo(scale * ZOOM_FACTOR),
    zoomOut: () => zoomTo(scale / ZOOM_FACTOR),
    fit: () => {
      const element = view.current;
      if (element && layout) {
        setZoom(Math.max(MIN_ZOOM, fittingZoom(layout, element.clientWidth, most)));
      }
    }
  };
}

function fittingZoom({ width, height }: ILayout, room: number, most: number | null): number {
  return Math.min(1, room > 0 ? room / width : 1, most === null ? 1 : most / height);
}

export function initialZoom(layout: ILayout, room: number, most: number | null): number {
  return Math.max(MIN_READABLE_ZOOM, fittingZoom(layout, room, most));
}

/**
 * Return the layout to the right if its text is readable. Otherwise, return the layout that shows
 * more.
 */
export function chooseLayout(layouts: Layouts, room: number, most: number | null): ILayout {
  const right = layouts('right');
  if (room === 0 || fittingZoom(right, room, null) >= MIN_READABLE_ZOOM) {
    return right;
  }
  const down = layouts('down');
  if (most !== null && down.height > most && right.height <= most && room >= 2 * most) {
    // In a low and wide view, a long drawing to the right shows more than one that flows down.
    return right;
  }
  return fittingZoom(down, room, null) > fittingZoom(right, room, null) ? down : right;
}

/** Zoom with Ctrl and the wheel. The wheel alone scrolls as usual. */
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
  // React's wheel listeners are passive, so they cannot prevent the browser's own zoom.
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
    if (!moved && Math.hypot(dx, dy) >= MAX_CLICK_DISTANCE) {
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
  // A click at the end of a drag must not reach the box under the pointer.
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

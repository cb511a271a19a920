// Browser APIs that JupyterLab needs but jsdom does not have.
import { TextDecoder, TextEncoder } from 'node:util';
import { deserialize, serialize } from 'node:v8';

Object.assign(globalThis, {
  TextDecoder,
  TextEncoder,
  structuredClone: (value: unknown): unknown => deserialize(serialize(value)),
  DragEvent: class extends Event {},
  ResizeObserver: class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  },
  // Report every element as visible.
  IntersectionObserver: class {
    constructor(private readonly _callback: (entries: { isIntersecting: boolean }[]) => void) {}
    observe(): void {
      this._callback([{ isIntersecting: true }]);
    }
    disconnect(): void {}
  },
  CSS: { escape: (text: string) => text.replace(/["\\\]]/g, '\\$&') },
  IS_REACT_ACT_ENVIRONMENT: true,
  // JupyterLab's default settings refer to these APIs. Tests pass their own.
  fetch: () => Promise.reject(new Error('Tests do not reach the network.')),
  Headers: Map,
  Request: Map,
  // JupyterLab draws in idle callbacks, so run them immediately.
  requestIdleCallback: (callback: () => void) => {
    callback();
    return 0;
  },
  matchMedia: () => ({ matches: false, addListener: () => undefined })
});

Element.prototype.scrollIntoView = () => undefined;

// What JupyterLab expects of a browser and jsdom does not have.
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
  // What is drawn is in sight.
  IntersectionObserver: class {
    constructor(private readonly _callback: (entries: { isIntersecting: boolean }[]) => void) {}
    observe(): void {
      this._callback([{ isIntersecting: true }]);
    }
    disconnect(): void {}
  },
  CSS: { escape: (text: string) => text.replace(/["\\\]]/g, '\\$&') },
  IS_REACT_ACT_ENVIRONMENT: true,
  // Named by JupyterLab's default settings; tests hand in their own.
  fetch: () => Promise.reject(new Error('Tests do not reach the network.')),
  Headers: Map,
  Request: Map,
  // JupyterLab draws when the browser idles, which is now.
  requestIdleCallback: (callback: () => void) => {
    callback();
    return 0;
  },
  matchMedia: () => ({ matches: false, addListener: () => undefined })
});

Element.prototype.scrollIntoView = () => undefined;

// What JupyterLab expects of a browser and jsdom does not have.
import { TextDecoder, TextEncoder } from 'node:util';

Object.assign(globalThis, {
  TextDecoder,
  TextEncoder,
  DragEvent: class extends Event {},
  ResizeObserver: class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  },
  CSS: { escape: (text: string) => text.replace(/["\\\]]/g, '\\$&') },
  IS_REACT_ACT_ENVIRONMENT: true
});

Element.prototype.scrollIntoView = () => undefined;

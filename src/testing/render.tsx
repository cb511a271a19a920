import type React from 'react';
import { act } from 'react';
import { createRoot } from 'react-dom/client';

/** A rendered component with the interactions that tests need. */
export interface IRendered {
  node: HTMLElement;
  /** Render the component again with other props. */
  update: (element: React.ReactElement) => void;
  /** Return the only button with an accessible name. */
  button: (name: string) => HTMLButtonElement;
  click: (element: Element) => Promise<void>;
  type: (field: Element, text: string) => Promise<void>;
  press: (element: Element, key: string, more?: KeyboardEventInit) => Promise<void>;
}

export function render(element: React.ReactElement): IRendered {
  const node = document.createElement('div');
  document.body.append(node);
  const root = createRoot(node);
  const update = (next: React.ReactElement) => {
    act(() => {
      root.render(next);
    });
  };
  update(element);
  return {
    node,
    update,
    button: name => {
      const found = [...node.querySelectorAll('button')].filter(
        one => (one.getAttribute('aria-label') ?? one.textContent) === name
      );
      if (found.length !== 1) {
        throw new Error(`${found.length} buttons are named ${name} in ${node.innerHTML}`);
      }
      return found[0]!;
    },
    click: async target => {
      await act(async () => {
        (target as HTMLElement).click();
      });
    },
    type: async (field, text) => {
      const prototype = Object.getPrototypeOf(field) as object;
      await act(async () => {
        // Call the prototype's setter, because React overrides the property.
        Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
      });
    },
    press: async (target, key, more = {}) => {
      await act(async () => {
        target.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
        );
      });
    }
  };
}

import type { Menu } from '@lumino/widgets';

/**
 * Open a menu below an element, aligned with its left or right edge. The menu is disposed when it
 * closes.
 */
export function openMenu(menu: Menu, under: HTMLElement, align: 'left' | 'right'): void {
  const { bottom, [align]: x } = under.getBoundingClientRect();
  // When the menu closes, return focus to the element that opened it, as JupyterLab's menus do.
  const focused = document.activeElement;
  menu.aboutToClose.connect(() => {
    if (focused instanceof HTMLElement && focused.isConnected) {
      focused.focus();
    }
    // Lumino still uses the menu while it closes.
    requestAnimationFrame(() => menu.dispose());
  });
  menu.open(x, bottom, align === 'right' ? { horizontalAlignment: 'right' } : {});
  if (focused?.matches(':focus-visible')) {
    menu.activeIndex = 0;
  }
}

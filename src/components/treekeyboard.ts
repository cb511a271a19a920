import type React from 'react';
import { useRef, useState } from 'react';

/** The pause after which a typed letter starts a new type-ahead search. */
const TYPE_AHEAD_MS = 700;

export interface ITreeKeyboard {
  /** The id of the row that is in the tab order. */
  active: string | null;
  setActive: (id: string) => void;
  onKeyDown: (event: React.KeyboardEvent<HTMLElement>) => void;
}

export interface ITreeRow {
  id: string;
  /** The text that type-ahead search matches. */
  name: string;
  /** The level in a tree with levels, from 1. */
  level?: number;
}

interface ITreeOptions {
  /** The visible rows, from top to bottom. */
  rows: readonly ITreeRow[];
  /** The ARIA role of the rows: `row` in a treegrid. */
  role?: 'treeitem' | 'row';
  open: (id: string) => void;
  menu?: (id: string, row: HTMLElement) => void;
  expand?: (id: string) => void;
  collapse?: (id: string) => void;
  /**
   * Return whether a row is expanded. Set only for a tree with levels, where Left and Right move
   * between levels if there is nothing to collapse or expand.
   */
  isOpen?: (id: string) => boolean;
}

/**
 * Handle the keyboard in a tree whose rows have a `data-id`, following the ARIA tree pattern. One
 * row is in the tab order. Arrows, Home, End and letters move the focus. Right and Left expand and
 * collapse a row, and Enter opens it. The menu key and Shift+F10 open the row's menu.
 */
export function useTreeKeyboard(options: ITreeOptions): ITreeKeyboard {
  const { rows, role = 'treeitem' } = options;
  const [chosen, setChosen] = useState<string | null>(null);
  const typed = useRef({ text: '', at: 0 });
  const active = rows.some(row => row.id === chosen) ? chosen : (rows[0]?.id ?? null);

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const row = event.target as HTMLElement;
    const id = row.dataset.id;
    // Buttons and fields inside a row handle their own keys.
    if (row.getAttribute('role') !== role || id === undefined || event.altKey) {
      return;
    }
    const index = rows.findIndex(one => one.id === id);
    const go = (target: number) => {
      const next = rows[Math.max(0, Math.min(rows.length - 1, target))];
      if (next === undefined) {
        return;
      }
      setChosen(next.id);
      event.currentTarget
        .querySelector<HTMLElement>(`[role="${role}"][data-id="${CSS.escape(next.id)}"]`)
        ?.focus();
    };
    const level = (at: number) => rows[at]?.level ?? 1;
    const handled = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    switch (event.key) {
      case 'ArrowDown':
        handled();
        {
          go(index + 1);
          return;
        }
      case 'ArrowUp':
        handled();
        {
          go(index - 1);
          return;
        }
      case 'Home':
        handled();
        {
          go(0);
          return;
        }
      case 'End':
        handled();
        {
          go(rows.length - 1);
          return;
        }
      case 'ArrowRight':
        handled();
        if (options.isOpen?.(id) && level(index + 1) > level(index)) {
          go(index + 1);
          return;
        }
        return options.expand?.(id);
      case 'ArrowLeft':
        handled();
        if (options.isOpen?.(id) === false) {
          let above = index - 1;
          while (above >= 0 && level(above) >= level(index)) {
            above -= 1;
          }
          if (above >= 0) {
            go(above);
          }
          return;
        }
        return options.collapse?.(id);
      case 'Enter':
        handled();
        {
          options.open(id);
          return;
        }
      case 'ContextMenu':
        handled();
        return options.menu?.(id, row);
      case 'F10':
        if (event.shiftKey) {
          handled();
          options.menu?.(id, row);
        }
        return;
    }
    if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      handled();
      const fresh = event.timeStamp - typed.current.at > TYPE_AHEAD_MS;
      const text = (fresh ? '' : typed.current.text) + event.key.toLowerCase();
      typed.current = { text, at: event.timeStamp };
      // A first letter searches from the next row. Further letters may still match the current row.
      const from = text.length === 1 ? index + 1 : index;
      const found = [...rows.slice(from), ...rows.slice(0, from)].find(one =>
        one.name.toLowerCase().startsWith(text)
      );
      if (found) {
        go(rows.indexOf(found));
      }
    }
  };

  return { active, setActive: setChosen, onKeyDown };
}

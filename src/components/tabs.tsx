import React, { useId, useRef } from 'react';

import { count as counted } from '../format/format';

export interface ITab<Name extends string = string> {
  name: Name;
  label: string;
  count?: number;
}

interface ITabsProps<Name extends string> {
  tabs: readonly ITab<Name>[];
  chosen: Name;
  onChoose: (tab: Name) => void;
  /** The accessible name of the tab list. */
  label: string;
  /** The content of the chosen tab. */
  children: React.ReactNode;
}

/**
 * A tab list. Only the chosen tab is in the tab order; the Left, Right, Home and End keys choose
 * another tab.
 */
export function Tabs<Name extends string>(props: ITabsProps<Name>): React.ReactElement {
  const { tabs, chosen, onChoose, label: what, children } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const go = (index: number) => {
    const tab = tabs[(index + tabs.length) % tabs.length];
    if (tab) {
      onChoose(tab.name);
      list.current?.querySelector<HTMLElement>(`[data-tab="${tab.name}"]`)?.focus();
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const at = tabs.findIndex(tab => tab.name === chosen);
    const targets: { [key: string]: number } = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: tabs.length - 1
    };
    const target = targets[event.key];
    if (target !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      go(target);
    }
  };
  return (
    <>
      <div
        className="jp-FaasTabs"
        role="tablist"
        aria-label={what}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {tabs.map(({ name, label, count }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-tab={name}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {label}
            {count !== undefined && count > 0 && (
              <>
                {' '}
                <span className="jp-FaasTabs-count">{counted(count)}</span>
              </>
            )}
          </button>
        ))}
      </div>
      <div
        className="jp-FaasTabs-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${chosen}`}
      >
        {children}
      </div>
    </>
  );
}

import { ellipsesIcon, MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';
import React, { useLayoutEffect, useRef, useState } from 'react';

import { IconButton } from '../components/button';
import { openMenu } from './openmenu';

/** An action in the toolbar of a document. */
export interface ITool {
  label: string;
  icon: React.ReactElement;
  run: () => void;
}

/**
 * The tools of a toolbar in one line. If the line is too short for all of them, the last ones are in
 * a menu behind ⋯.
 */
export function OverflowTools({ tools }: { tools: readonly ITool[] }): React.ReactElement {
  const line = useRef<HTMLSpanElement>(null);
  const [room, setRoom] = useState(tools.length);
  const labels = tools.map(tool => tool.label).join('\n');
  useLayoutEffect(() => {
    const { current } = line;
    if (current === null) {
      return;
    }
    const measure = () => setRoom(countInFirstLine(current));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [labels]);
  const rest = tools.slice(room);
  return (
    <>
      <span className="jp-FaasTools" ref={line}>
        {tools.map(({ label, icon, run }, index) => (
          <button
            key={label}
            type="button"
            className={`jp-FaasTool${index < room ? '' : ' jp-mod-noroom'}`}
            onClick={run}
          >
            {icon}
            {label}
          </button>
        ))}
      </span>
      {/* The button keeps its place while it is hidden, so that the room does not depend on it. */}
      <span className={rest.length > 0 ? undefined : 'jp-mod-noroom'}>
        <IconButton
          menu
          label="More actions"
          onClick={({ currentTarget }) => openMenu(menuOf(rest), currentTarget, 'right')}
        >
          <ellipsesIcon.react tag={null} />
        </IconButton>
      </span>
    </>
  );
}

/** Return how many children are in the first line of an element whose lines are wrapped. */
function countInFirstLine({ children }: HTMLElement): number {
  const all = [...children] as HTMLElement[];
  const wrapped = all.findIndex(one => one.offsetTop > (all[0]?.offsetTop ?? 0));
  return wrapped === -1 ? all.length : wrapped;
}

function menuOf(tools: readonly ITool[]): Menu {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  for (const { label, run } of tools) {
    commands.addCommand(label, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: run
    });
    menu.addItem({ command: label });
  }
  return menu;
}

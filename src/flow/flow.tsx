import React, { useEffect, useMemo, useRef, useState } from 'react';

import type { IAstNode } from '../api/composition';
import type { ISession, ISessionStep } from '../api/session';
import type { INote } from './box';
import { layoutsOf, type Layouts } from './dagrelayout';
import { boxesOf, graphOf } from './graph';
import { isArrow, neighbour } from './keyboard';
import { summary } from './labels';
import { runOf } from './runoverlay';
import { Scene } from './scene';
import { FlowHead } from './toolbar';
import { useViewport } from './viewport';

export interface IFlowProps {
  graph: IAstNode;
  /** Names the files that the drawing is saved as. */
  name: string;
  /** Of a run: how often each node was come to. With it, the path taken is drawn. */
  nodes?: ISession['nodes'];
  /** Of a run: those of the composition itself, as `ownSteps` finds them. */
  steps?: readonly ISessionStep[];
  /** Of a run: it ended, and well. */
  succeeded?: boolean;
  /** Words about nodes where no run is shown, by path. */
  notes?: Readonly<Record<string, INote>>;
  /** The path of the node that is looked at. */
  selected?: string | null;
  onSelect?: (path: string) => void;
  onOpen?: (path: string) => void;
  /** The drawing alone, without words and buttons. */
  bare?: boolean;
  /** Pixels; what is higher is scrolled. Without it the drawing has the height it needs. */
  maxHeight?: number;
}

/** The graph of a composition, and the path that a run of it took. */
export function Flow(props: IFlowProps): React.ReactElement {
  const { graph, name, nodes, steps, succeeded, bare, maxHeight } = props;
  const drawn = useMemo(() => graphOf(graph), [graph]);
  const run = useMemo(
    () =>
      nodes === undefined && steps === undefined
        ? null
        : runOf({ nodes: nodes ?? {}, steps: steps ?? [], succeeded: succeeded ?? false }),
    [nodes, steps, succeeded]
  );
  const [layouts, setLayouts] = useState<Layouts | null>(null);
  const [failure, setFailure] = useState('');
  const drawing = useRef<SVGSVGElement>(null);
  const viewport = useViewport(layouts, maxHeight ?? null);
  const { view, layout, scale } = viewport;
  const [active, setActive] = useState<string | null>(null);
  const words = summary(boxesOf(drawn), run);

  useEffect(() => {
    let gone = false;
    layoutsOf(drawn).then(
      found => {
        if (!gone) {
          // A function, which React would otherwise call.
          setLayouts(() => found);
          setFailure('');
        }
      },
      (error: unknown) => {
        if (!gone) {
          setFailure(error instanceof Error ? error.message : String(error));
        }
      }
    );
    return () => {
      gone = true;
    };
  }, [drawn]);

  const boxes = layout?.boxes ?? [];
  const usable = props.onSelect !== undefined || props.onOpen !== undefined;
  const selected = boxes.find(one => one.of.path === props.selected)?.of.id ?? null;
  const remembered = boxes.some(one => one.of.id === active) ? active : null;
  const tabbed = remembered ?? selected ?? boxes[0]?.of.id ?? null;
  const pathOf = (id: string) => boxes.find(one => one.of.id === id)?.of.path ?? '';

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const id = (event.target as Element).getAttribute('data-id');
    if (id === null || layout === null || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (isArrow(event.key)) {
      const next = neighbour(layout, id, event.key);
      if (next !== null) {
        setActive(next);
        boxElement(view.current, next)?.focus();
        props.onSelect?.(pathOf(next));
      }
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (event.key === 'Enter' && props.onOpen) {
        props.onOpen(pathOf(id));
      } else {
        props.onSelect?.(pathOf(id));
      }
    } else if (event.key === 'Escape') {
      view.current?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className={`jp-FaasFlow${bare ? ' jp-mod-bare' : ''}`}>
      {!bare && (
        <FlowHead
          words={words}
          name={name}
          run={run !== null}
          viewport={viewport}
          drawing={drawing}
        />
      )}
      <div
        ref={view}
        className={`jp-FaasFlow-view${viewport.cut ? ' jp-mod-cut' : ''}`}
        style={{ maxHeight }}
        // Where no box takes the keyboard, the arrows scroll.
        {...(!usable && viewport.scrolls
          ? { tabIndex: 0, role: 'group', 'aria-label': `Graph of ${name}` }
          : { tabIndex: -1 })}
        onKeyDown={onKeyDown}
      >
        {failure && <div role="alert">The graph could not be drawn: {failure}</div>}
        {layout && (
          <Scene
            ref={drawing}
            layout={layout}
            run={run}
            scale={scale}
            label={`Composition ${name}. ${words}`}
            box={id => ({
              note: props.notes?.[pathOf(id)] ?? null,
              selected: id === selected,
              tabIndex: usable ? (id === tabbed ? 0 : -1) : null,
              onFocus: () => setActive(id),
              onClick: () => props.onSelect?.(pathOf(id)),
              onDoubleClick: () => props.onOpen?.(pathOf(id))
            })}
          />
        )}
      </div>
    </div>
  );
}

function boxElement(view: HTMLElement | null, id: string): SVGGElement | null {
  return view?.querySelector<SVGGElement>(`g[data-id="${CSS.escape(id)}"]`) ?? null;
}

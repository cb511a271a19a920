import React, { useEffect, useMemo, useRef, useState } from 'react';

import type { IAstNode } from '../api/composition';
import type { ISession, ISessionStep } from '../api/session';
import type { INote } from './box';
import { loadLayouts, type Layouts } from './dagrelayout';
import { boxesOf, graphOf } from './graph';
import { isArrow, neighbour } from './keyboard';
import { graphSummary } from './labels';
import { runOverlay } from './runoverlay';
import { Scene } from './scene';
import { FlowToolbar } from './toolbar';
import { useViewport } from './viewport';

export interface IFlowProps {
  graph: IAstNode;
  /** The name of the composition, which is also used for saved files. */
  name: string;
  /** The visits of each node in a run. If set, the path of the run is drawn. */
  nodes?: ISession['nodes'];
  /** The run's steps of the composition itself, as returned by `ownSteps`. */
  steps?: readonly ISessionStep[];
  /** Whether the run succeeded. */
  succeeded?: boolean;
  /** The number of calls of the run, including those of nested compositions. */
  calls?: number;
  /** Notes on nodes, by path. They are shown only without a run. */
  notes?: Readonly<Record<string, INote>>;
  /** The path of the selected node. */
  selected?: string | null;
  onSelect?: (path: string) => void;
  onOpen?: (path: string) => void;
  /** Whether to show only the drawing, without summary and toolbar. */
  bare?: boolean;
  /**
   * The maximum height in px, beyond which the drawing scrolls. By default the height is not
   * limited.
   */
  maxHeight?: number;
}

const EDGES = ['left', 'right', 'below'] as const;

/** The graph of a composition and, for a run, the path that the run took. */
export function Flow(props: IFlowProps): React.ReactElement {
  const { graph, name, nodes, steps, succeeded, calls, bare, maxHeight } = props;
  const drawn = useMemo(() => graphOf(graph), [graph]);
  const run = useMemo(
    () =>
      nodes === undefined && steps === undefined
        ? null
        : runOverlay({
            nodes: nodes ?? {},
            steps: steps ?? [],
            succeeded: succeeded ?? false,
            calls: calls ?? 0
          }),
    [nodes, steps, succeeded, calls]
  );
  const [layouts, setLayouts] = useState<Layouts | null>(null);
  const [failure, setFailure] = useState('');
  const drawing = useRef<SVGSVGElement>(null);
  const viewport = useViewport(layouts, maxHeight ?? null);
  const { view, layout, scale } = viewport;
  const [active, setActive] = useState<string | null>(null);
  const words = graphSummary(boxesOf(drawn), run);

  useEffect(() => {
    let gone = false;
    loadLayouts(drawn).then(
      found => {
        if (!gone) {
          // `found` is a function, which React would call as an updater if it were passed directly.
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
        <FlowToolbar
          words={words}
          name={name}
          run={run !== null}
          viewport={viewport}
          drawing={drawing}
        />
      )}
      <div
        ref={view}
        className={['jp-FaasFlow-view', ...EDGES.filter(edge => viewport.cut[edge])].join(
          ' jp-mod-cut-'
        )}
        style={{ maxHeight }}
        // If boxes cannot be focused, make the view focusable, so that arrow keys scroll it.
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

import React, { useState } from 'react';

import { IconButton } from '../components/button';
import { Icon } from '../components/icon';
import { fileName, toPng, downloadFile, toSvg } from './imageexport';
import type { IViewport } from './viewport';

interface IFlowToolbarProps {
  words: string;
  name: string;
  /** Whether a run is displayed. */
  run: boolean;
  viewport: IViewport;
  drawing: React.RefObject<SVGSVGElement>;
}

/** The toolbar above the drawing, with the summary, the legend and the buttons. */
export function FlowToolbar(props: IFlowToolbarProps): React.ReactElement {
  const { words, name, run, viewport, drawing } = props;
  const [failure, setFailure] = useState('');

  const svg = (): string | null => {
    const { current } = drawing;
    return current && toSvg(current, `${name}. ${words}`, backgroundColour(current));
  };
  const saveSvg = () => {
    const text = svg();
    if (text !== null) {
      downloadFile(new Blob([text], { type: 'image/svg+xml' }), fileName(name, 'svg'));
    }
  };
  const savePng = async () => {
    const text = svg();
    if (text === null) {
      return;
    }
    try {
      downloadFile(await toPng(text), fileName(name, 'png'));
      setFailure('');
    } catch {
      setFailure('This graph is too large for a PNG; save it as SVG.');
    }
  };

  return (
    <div className="jp-FaasFlow-head">
      <span className="jp-FaasFlow-words">{words}</span>
      {run && <Legend />}
      <span className="jp-FaasFlow-tools" role="toolbar" aria-label="Graph">
        <IconButton label="Zoom out" onClick={viewport.zoomOut}>
          <Icon name="minus" />
        </IconButton>
        <IconButton label="Zoom in" onClick={viewport.zoomIn}>
          <Icon name="plus" />
        </IconButton>
        <IconButton label="Show the whole graph" onClick={viewport.fit}>
          <Icon name="fit" />
        </IconButton>
        <button
          type="button"
          className="jp-FaasFlow-save"
          aria-label="Save the graph as SVG"
          title="Save as SVG"
          onClick={saveSvg}
        >
          <Icon name="save" />
          SVG
        </button>
        <button
          type="button"
          className="jp-FaasFlow-save"
          aria-label="Save the graph as PNG"
          title="Save as PNG"
          onClick={() => void savePng()}
        >
          <Icon name="save" />
          PNG
        </button>
      </span>
      {failure && (
        <span className="jp-FaasFlow-failure" role="alert">
          {failure}
        </span>
      )}
    </div>
  );
}

function Legend(): React.ReactElement {
  return (
    <span className="jp-FaasFlow-legend" aria-hidden="true">
      <span>
        <svg width={22} height={8}>
          <path className="jp-FaasFlow-sample jp-mod-taken" d="M0 4h22" />
        </svg>
        Path taken
      </span>
      <span>
        <svg width={22} height={8}>
          <path className="jp-FaasFlow-sample jp-mod-off" d="M0 4h22" />
        </svg>
        Not reached
      </span>
    </span>
  );
}

/** Return the background colour behind the drawing for use in exported files. */
function backgroundColour(drawing: Element): string {
  for (let at: Element | null = drawing; at !== null; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (backgroundColor !== '' && !/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) {
      return backgroundColor;
    }
  }
  return '#fff';
}

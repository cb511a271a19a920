import React from 'react';

import { Button } from '../../components/button';
import { PythonCode } from '../../components/python';
import type { IBox } from '../../flow/graphparts';
import { version } from '../../format/format';
import type { IGraphProps } from './props';

/** A description of the selected node, with a button that opens the node's cell or graph. */
export function NodeDetail({
  box,
  manager,
  actions
}: IGraphProps & { box: IBox }): React.ReactElement {
  const opener = box.box === 'action' ? actions.opener(box.title) : null;
  const deployed = box.box === 'action' ? manager.functionNamed(box.title) : null;
  const code = box.box === 'code';
  return (
    <section className="jp-FaasGraph-detail" aria-label={code ? 'Inline function' : box.title}>
      <div className="jp-FaasGraph-facts">
        <strong className={code ? '' : 'jp-Faas-ellipsis'} title={box.title}>
          {code ? 'Inline function' : box.title}
        </strong>
        {/* The code is below, so its length would only repeat it. */}
        {!code && <span className="jp-Faas-secondary">{box.detail}</span>}
        {box.box === 'action' && manager.isUpToDate && !box.title.startsWith('/') && (
          <span>{deployed ? `deployed ${version(deployed.version)}` : 'not deployed'}</span>
        )}
        {/* The messages of the composer name places so. */}
        <span className="jp-Faas-secondary">at</span>
        <code>root{box.path}</code>
        <span className="jp-FaasCard-space" />
        {opener && (
          <Button onClick={opener.open} label={`${opener.words} of ${box.title}`}>
            {opener.words}
          </Button>
        )}
      </div>
      {code && (
        <pre className="jp-FaasGraph-code">
          <PythonCode text={box.fullText} />
        </pre>
      )}
      {box.box === 'value' && <pre className="jp-FaasGraph-code">{box.fullText}</pre>}
    </section>
  );
}

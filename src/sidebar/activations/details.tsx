import React from 'react';

import type { IActivationSummary, IFailedLine } from '../../api/types';
import { IconButton } from '../../components/button';
import { Icon } from '../../components/icon';
import { ActivationView } from '../../components/run/activationview';
import { billedText } from '../../components/run/runstatus';
import { moment } from '../../format/format';
import { endTime } from '../../format/runs';
import type { Details } from './model';

/** Return the id of the details of a run. The details are a row of the tree. */
export function detailsId(id: string): string {
  return `details of ${id}`;
}

interface IActivationDetailsProps {
  activation: IActivationSummary;
  level: number;
  active: boolean;
  onFocus: () => void;
  details: Details;
  url: string;
  /** Open the document of the activation. */
  open: () => void;
  openLine: (where: IFailedLine) => void;
  copy: (text: string) => void;
}

/** The details of an expanded row, which are its child in the tree. */
export function ActivationDetails(props: IActivationDetailsProps): React.ReactElement {
  const { activation, level, active, onFocus, details, url, open, openLine, copy } = props;
  const { id } = activation;
  return (
    <div
      role="treeitem"
      aria-level={level + 1}
      aria-label={`Details of ${activation.name}`}
      data-id={detailsId(id)}
      tabIndex={active ? 0 : -1}
      onFocus={onFocus}
      className="jp-FaasActivationDetails"
      style={{ '--jp-faas-depth': level - 1 } as React.CSSProperties}
    >
      {details.state === 'known' && (
        <ActivationView activation={details.activation} link={{ open, openLine }} hideId />
      )}
      {details.state === 'loading' && <div className="jp-Faas-secondary">Loading…</div>}
      {details.state === 'failed' && (
        <div role="alert">
          <div>{details.message}</div>
          {details.hint && <div className="jp-Faas-secondary">{details.hint}</div>}
        </div>
      )}
      <div className="jp-FaasActivationDetails-facts">
        <span title={moment(endTime(activation))}>{moment(activation.start)}</span>
        <span>{billedText(activation)}</span>
        <span className="jp-FaasActivationDetails-id">
          <a
            className="jp-FaasLink jp-Faas-mono jp-Faas-ellipsis"
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            title={`Open activation ${id}`}
            onClick={event => {
              // Let the browser handle a click with a modifier key, which opens a new browser tab.
              if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                event.preventDefault();
                open();
              }
            }}
          >
            {id}
          </a>
          <IconButton
            label={`Copy the ID of this activation of ${activation.name}`}
            title="Copy ID"
            onClick={() => copy(id)}
          >
            <Icon name="copy" small />
          </IconButton>
        </span>
      </div>
    </div>
  );
}

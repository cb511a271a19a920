import React from 'react';

import type { IActivationSummary } from '../../api/types';
import { ActivationView } from '../../components/activation';
import { IconButton } from '../../components/button';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import { billedWords } from '../../components/status';
import { age, duration, MISSING, moment } from '../../format';
import { ended } from '../../runs';
import { activationLabel, type Details } from './model';

interface IActivationRowProps {
  activation: IActivationSummary;
  details: Details | null;
  active: boolean;
  now: number;
  url: string;
  onToggle: () => void;
  onFocus: () => void;
  copy: (text: string) => void;
}

export function ActivationRow(props: IActivationRowProps): React.ReactElement {
  const { activation, details, active, now, onToggle, onFocus } = props;
  const { id, name, ok, cold } = activation;
  return (
    <>
      <div
        className="jp-FaasActivationRow"
        role="treeitem"
        aria-level={1}
        aria-expanded={details !== null}
        aria-label={activationLabel(activation, now)}
        data-id={id}
        tabIndex={active ? 0 : -1}
        onClick={onToggle}
        onFocus={onFocus}
      >
        <Icon name={details ? 'down' : 'right'} className="jp-FaasActivationRow-twist" />
        <Icon name={ok ? 'disc' : 'disc-cross'} tone={ok ? 'ok' : 'error'} small />
        <span className="jp-FaasActivationRow-name">
          <FunctionName name={name} />
          {cold && (
            <span className="jp-FaasActivationRow-cold" title="Cold start">
              <Icon name="snowflake" tone="cold" small />
            </span>
          )}
        </span>
        <span className="jp-Faas-number">{duration(activation.duration_ms)}</span>
        <span className="jp-Faas-number">{activation.cost_text ?? MISSING}</span>
        <span
          className="jp-Faas-number jp-Faas-secondary jp-Faas-wide"
          title={moment(ended(activation))}
        >
          {age(ended(activation), now)}
        </span>
      </div>
      {details && <ActivationDetails {...props} details={details} />}
    </>
  );
}

interface IActivationDetailsProps extends IActivationRowProps {
  details: Details;
}

function ActivationDetails(props: IActivationDetailsProps): React.ReactElement {
  const { activation, details, url, copy } = props;
  const { id } = activation;
  return (
    <div role="group" className="jp-FaasActivationDetails">
      {details.state === 'known' && <ActivationView activation={details.activation} hideId />}
      {details.state === 'loading' && <div className="jp-Faas-secondary">Loading…</div>}
      {details.state === 'failed' && (
        <div role="alert">
          <div>{details.message}</div>
          {details.hint && <div className="jp-Faas-secondary">{details.hint}</div>}
        </div>
      )}
      <div className="jp-FaasActivationDetails-facts">
        <span title={moment(ended(activation))}>{moment(activation.start)}</span>
        <span>{billedWords(activation)}</span>
        <span className="jp-FaasActivationDetails-id">
          <a
            className="jp-FaasLink jp-Faas-mono jp-Faas-ellipsis"
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            title={`Open activation ${id}`}
          >
            {id}
          </a>
          <IconButton
            label={`Copy the id of this activation of ${activation.name}`}
            title="Copy id"
            onClick={() => copy(id)}
          >
            <Icon name="copy" small />
          </IconButton>
        </span>
      </div>
    </div>
  );
}

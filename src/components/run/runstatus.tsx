import React from 'react';

import type { IActivationSummary, IFailedLine } from '../../api/types';
import { duration, memory, moment, shortId } from '../../format/format';
import { startKind } from '../../format/runs';
import { Icon } from '../icon';

/**
 * How to open an activation. A plain click calls `open`. A click with a modifier key, or any click
 * if `open` is missing, follows the link `href`.
 */
export interface IActivationLink {
  href?: string;
  open?: () => void;
  /** Go to a line of the notebook; missing if the front end has no notebooks. */
  openLine?: (where: IFailedLine) => void;
}

interface IStatusLineProps {
  activation: IActivationSummary;
  link?: IActivationLink;
  /** Whether to leave out the id because it is shown elsewhere. */
  hideId?: boolean;
}

/** The status of a run in one line: `● 3 ms  warm  wait 4 ms  $0.43 / million  c41e09ab`. */
export function StatusLine({ activation, link, hideId }: IStatusLineProps): React.ReactElement {
  const { ok, cold } = activation;
  return (
    <div className="jp-FaasStatus">
      <span>
        <Icon name={ok ? 'disc' : 'disc-cross'} tone={ok ? 'ok' : 'error'} small />
        <span className="jp-Faas-hidden">{ok ? 'Succeeded' : 'Failed'}</span>
        {!ok && <span className="jp-FaasStatus-outcome">{activation.status}</span>}
        <span className="jp-Faas-number">{duration(activation.duration_ms)}</span>
      </span>
      {cold ? (
        <span className="jp-FaasStatus-cold">
          <Icon name="snowflake" />
          cold
        </span>
      ) : (
        <span>{startKind(activation)}</span>
      )}
      <Part label="init" ms={activation.init_ms} />
      <Part label="wait" ms={activation.wait_ms} />
      {activation.cost_text && (
        <span title={billedText(activation) ?? undefined}>
          <span className="jp-Faas-number">{activation.cost_text}</span>
          <span className="jp-Faas-secondary">/ million</span>
        </span>
      )}
      {!hideId && <ActivationId activation={activation} link={link} />}
    </div>
  );
}

/** Return the inputs of the price, such as `billed 50.9 s at 3,891 MB`. */
export function billedText({ billed_ms, memory_mb }: IActivationSummary): string | null {
  return billed_ms === null || memory_mb === null
    ? null
    : `billed ${(billed_ms / 1000).toFixed(1)} s at ${memory(memory_mb)}`;
}

function Part({ label, ms }: { label: string; ms: number | null }): React.ReactElement | null {
  return ms === null ? null : (
    <span>
      <span className="jp-Faas-secondary">{label}</span>
      <span className="jp-Faas-number">{duration(ms)}</span>
    </span>
  );
}

function ActivationId({ activation, link }: IStatusLineProps): React.ReactElement {
  const { id } = activation;
  const title = `Activation ${id}, ${moment(activation.start)}`;
  if (!link?.href) {
    return (
      <span className="jp-Faas-mono jp-Faas-secondary" title={title}>
        {shortId(id)}
      </span>
    );
  }
  const follow = (event: React.MouseEvent) => {
    // Let the browser handle a click with a modifier key, which opens a new browser tab.
    if (link.open && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      link.open();
    }
  };
  return (
    <a
      className="jp-FaasLink jp-Faas-mono"
      href={link.href}
      target="_blank"
      rel="noopener noreferrer"
      title={title}
      aria-label={`Open activation ${shortId(id)}`}
      onClick={follow}
    >
      {shortId(id)}
    </a>
  );
}

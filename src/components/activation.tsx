import React from 'react';

import type { IActivation } from '../api/types';
import { Logs } from './logs';
import { ResultView } from './result';
import { StatusLine, type IActivationLink } from './status';

interface IActivationViewProps {
  activation: IActivation;
  link?: IActivationLink;
  hideId?: boolean;
}

/** One run: what it answered, how it went, what it printed. */
export function ActivationView(props: IActivationViewProps): React.ReactElement {
  const { activation } = props;
  return (
    <div className="jp-FaasActivation">
      <ResultView activation={activation} />
      <StatusLine {...props} />
      <Logs logs={activation.logs} open={!activation.ok} />
    </div>
  );
}

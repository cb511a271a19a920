import React from 'react';

import type { ISession } from '../api/session';
import { Button } from '../components/button';
import { FailureView } from '../components/run/failureview';
import { Flow } from '../flow/flow';
import { ownSteps } from '../flow/runoverlay';
import { duration, MISSING, plural } from '../format/format';

/** The height of the drawing in px, beyond which it scrolls. */
const MAX_HEIGHT = 480;

interface ISessionOutputProps {
  session: ISession;
  open: (id: string) => void;
}

/** A session in an output of the notebook: its figures, its graph with the path that it took. */
export function SessionOutput({ session, open }: ISessionOutputProps): React.ReactElement {
  const { id, name, activation, cost, calls, failed_step: step, graph } = session;
  const steps = ownSteps(session).filter(
    one => one.path !== null && one.role !== 'conductor' && one.role !== 'wait'
  );
  const failure = step?.failure ?? activation.failure;
  return (
    <div className="jp-FaasSessionOutput">
      <div className="jp-FaasActivation-session">
        <strong>{name}</strong>
        <span>{session.running ? 'running' : activation.status}</span>
        <span className="jp-Faas-number">{duration(session.elapsed_ms)} including waiting</span>
        <span className="jp-Faas-number">{cost.text ?? MISSING} per million</span>
        <span className="jp-Faas-secondary">{plural(calls, 'call')}</span>
        <Button label={`Open the session of ${name}`} onClick={() => open(id)}>
          Open session
        </Button>
      </div>
      {!activation.ok && failure?.type && <FailureView failure={failure} />}
      {graph !== null && (
        <Flow
          graph={graph}
          name={name}
          nodes={session.nodes}
          steps={steps}
          calls={session.calls}
          succeeded={!session.running && activation.ok}
          maxHeight={MAX_HEIGHT}
          onOpen={path => {
            const called = steps.find(one => one.path === path);
            if (called) {
              open(called.id);
            }
          }}
        />
      )}
    </div>
  );
}

import React, { useState } from 'react';

import type { ISession, ISessionStep } from '../../../api/session';
import { Button } from '../../../components/button';
import { Icon } from '../../../components/icon';
import { Flow } from '../../../flow/flow';
import { ownSteps } from '../../../flow/runoverlay';
import { count, duration, memory, MISSING, plural } from '../../../format/format';
import { shownName } from '../../../format/names';
import { isOverhead } from '../../../format/overhead';
import { OutcomeIcon } from '../outcomeicon';
import type { ITabProps } from '../props';
import { repetitionLabel, runMs } from '../steptree';
import { stepOutcome } from '../text';

/** The number of calls of a node that are listed. Further calls are collapsed. */
const MAX_CALLS = 10;

/** The tab with the graph, the path that the session took, and the calls of the selected node. */
export function FlowTab(props: ITabProps): React.ReactElement {
  const { session, model, actions } = props;
  const calls = ownSteps(session).filter(step => step.path !== null && !isOverhead(step));
  if (session.graph === null) {
    return <GraphMissing {...props} />;
  }
  const at = (path: string) => calls.filter(step => step.path === path);
  const chosen =
    model.node ??
    calls.find(step => step.id === model.selected)?.path ??
    mostExpensive(calls)?.path ??
    null;
  return (
    <>
      {session.graph_from === 'deployed' && (
        <p className="jp-FaasSession-note jp-Faas-secondary">
          The graph of this run was not kept. This is the graph of the deployed version.
        </p>
      )}
      <Flow
        graph={session.graph}
        name={session.name}
        nodes={session.nodes}
        steps={calls}
        calls={session.calls}
        succeeded={!session.running && session.activation.ok}
        selected={chosen}
        onSelect={path => model.chooseNode(path, at(path)[0]?.id ?? null)}
        onOpen={path => {
          const [first] = at(path);
          if (first) {
            actions.open(first.id);
          }
        }}
      />
      {chosen !== null && <Calls {...props} key={chosen} path={chosen} calls={at(chosen)} />}
    </>
  );
}

/**
 * A message for a session without a graph. Only the playground stores the graphs of old versions.
 */
function GraphMissing(props: ITabProps): React.ReactElement {
  const { session } = props;
  const calls = session.steps.filter(step => !isOverhead(step));
  return (
    <>
      <p>
        The graph of this run is not available: the composition has since been changed or removed,
        or its conductor does not provide a graph. Calls of this run:
      </p>
      <Calls {...props} path={null} calls={calls} />
    </>
  );
}

interface ICallsProps extends ITabProps {
  /** The path of the node; null to list the calls of all nodes. */
  path: string | null;
  calls: ISessionStep[];
}

function Calls(props: ICallsProps): React.ReactElement {
  const { session, actions, path, calls } = props;
  const [whole, setWhole] = useState(false);
  const drawn = whole ? calls : calls.slice(0, MAX_CALLS);
  const visits = path === null ? 0 : (session.nodes[path]?.visits ?? 0);
  return (
    <section
      className={`jp-FaasCalls${path === null ? '' : ' jp-mod-sticky'}`}
      aria-label={path === null ? 'Calls of this run' : 'Activations of the selected node'}
    >
      {calls.length === 0 && (
        <p className="jp-Faas-secondary">
          {visits === 0
            ? 'Not reached in this run.'
            : `Reached ${plural(visits, 'time')}. This step runs inside the conductor, without a separate activation.`}
        </p>
      )}
      {drawn.map(step => (
        <CallLine key={step.id} step={step} session={session} open={() => actions.open(step.id)} />
      ))}
      {drawn.length < calls.length && (
        <Button onClick={() => setWhole(true)}>Show all {count(calls.length)} calls</Button>
      )}
    </section>
  );
}

interface ICallLineProps {
  step: ISessionStep;
  session: ISession;
  open: () => void;
}

/**
 * One call in a line: `smart_body_crop  Wait 1.210 s  Init 46.88 s  Run 2.210 s  Memory 3,891 MB
 * $3,171.70 per million`.
 */
function CallLine({ step, session, open }: ICallLineProps): React.ReactElement {
  const nth = repetitionLabel(step, session);
  return (
    <div className="jp-FaasCalls-line">
      <span className="jp-FaasCalls-name">
        <OutcomeIcon outcome={stepOutcome(step)} />
        <span className="jp-Faas-ellipsis" title={step.name}>
          {shownName(step.name)}
        </span>
        {step.cold && <Icon name="snowflake" tone="cold" small />}
        {nth && <span className="jp-FaasTrace-nth">{nth}</span>}
      </span>
      <Fact label="Wait" words={duration(step.wait_ms)} />
      <Fact label="Init" words={duration(step.init_ms)} />
      <Fact label="Run" words={duration(runMs(step))} />
      {step.memory_mb !== null && <Fact label="Memory" words={memory(step.memory_mb)} />}
      <span className="jp-Faas-number">
        {step.cost_text ?? MISSING} <span className="jp-Faas-secondary">per million calls</span>
      </span>
      <span className="jp-FaasSession-space" />
      <Button label={`Open activation of ${step.name}`} onClick={open}>
        Open activation
      </Button>
      {step.error !== null && (
        <span className="jp-FaasCalls-error jp-Faas-small">{step.error}</span>
      )}
    </div>
  );
}

function Fact({ label, words }: { label: string; words: string }): React.ReactElement {
  return (
    <span className="jp-Faas-number">
      <span className="jp-Faas-secondary">{label}</span> {words}
    </span>
  );
}

/** Return the most expensive call, or undefined if there are no calls. */
function mostExpensive(calls: readonly ISessionStep[]): ISessionStep | undefined {
  // A float is exact enough for sorting.
  const price = (step: ISessionStep) => Number(step.cost_per_million_usd ?? 0);
  return [...calls].sort((one, other) => price(other) - price(one))[0];
}

import React from 'react';

import type { ICalledAction, ICompositionFacts } from '../../api/composition';
import { outline } from '../../flow/outline';
import { count, plural } from '../../format/format';
import { shownName } from '../../format/names';
import type { IconName } from '../../icons';
import type { Tone } from '../../state/functionstate';
import { Button } from '../button';
import { Disclosure } from '../disclosure';
import { Facts } from '../facts';
import { Icon } from '../icon';
import { CardHeader } from './cardheader';
import { CardRow, PackageRow, RequirementsRow, CapturedRow } from './cardrows';
import { PackageDetails } from './packagedetails';
import { PreflightRow } from './preflightrow';
import type { ICardProps } from './props';

/** The default limit of Apache OpenWhisk on the number of actions in one session. */
const MAX_CALLS = 50;

/** The number of lines after which an outline is cut off. */
const MAX_OUTLINE_LINES = 40;

interface ICompositionCardProps extends ICardProps {
  facts: ICompositionFacts;
}

/**
 * The card of a `%%composition` cell, with its graph, the actions that it calls, and its package.
 */
export function CompositionCard(props: ICompositionCardProps): React.ReactElement {
  const { card, current, facts, actions, graph } = props;
  return (
    <section className="jp-FaasCard" aria-label={`Composition ${card.name}`}>
      <CardHeader {...props} />
      {current && actions.openInvokeDialog && (
        <CardRow label="Try it">
          <Button onClick={actions.openInvokeDialog} label={`Invoke ${card.name}…`}>
            Invoke…
          </Button>
        </CardRow>
      )}
      <div className="jp-FaasCard-graph">
        {graph ?? <Outline graph={facts.graph} />}
        {actions.openGraph && (
          <div className="jp-FaasCard-graphs">
            <Button onClick={actions.openGraph} label={`Open the graph of ${card.name}`}>
              Open graph
            </Button>
          </div>
        )}
      </div>
      <CallsRow called={props.called ?? facts.actions} label={props.targetLabel} />
      <CardRow label="Steps">
        <Facts facts={stepFacts(facts)} />
      </CardRow>
      <PackageDetails {...props}>
        <PackageRows {...props} />
      </PackageDetails>
    </section>
  );
}

function stepFacts(facts: ICompositionFacts): React.ReactNode[] {
  const inline =
    facts.functions === 0 ? 'No inline functions' : plural(facts.functions, 'inline function');
  if (facts.actions.length === 0) {
    return [inline, 'calls no actions'];
  }
  const least =
    facts.least_calls === 0
      ? 'does not always call an action'
      : `makes at least ${plural(facts.least_calls, 'call')}`;
  return [
    inline,
    <React.Fragment key="calls">
      {least} <span className="jp-Faas-secondary">(OpenWhisk’s default limit is {MAX_CALLS})</span>
    </React.Fragment>
  ];
}

function PackageRows({
  card,
  preflight,
  forecast,
  measuring,
  actions
}: ICardProps): React.ReactElement {
  return (
    <>
      {card.captured.length > 0 && <CapturedRow captured={card.captured} />}
      <PackageRow files={card.files} size={card.size} />
      {card.requirements.length > 0 && <RequirementsRow requirements={card.requirements} />}
      <PreflightRow
        checks={preflight?.preflight ?? card.preflight}
        label={preflight?.target.label ?? card.target.label}
        timeoutMs={card.timeout_ms}
        forecast={forecast}
        measuring={measuring}
        unforecast
        setOption={actions.setOption}
        hasOption={actions.hasOption}
      />
    </>
  );
}

const STATES: {
  [state in ICalledAction['state']]: { icon: IconName; tone: Tone; words: (on: string) => string };
} = {
  deployed: { icon: 'disc-check', tone: 'ok', words: () => 'Deployed' },
  notebook: {
    icon: 'deploy',
    tone: 'plain',
    words: () => 'Not deployed yet. Deploying the composition also deploys it.'
  },
  missing: {
    icon: 'triangle',
    tone: 'warn',
    words: on => `Not deployed on ${on}. Calls to this function fail.`
  },
  unknown: { icon: 'broken-ring', tone: 'plain', words: () => 'Unknown' }
};

/**
 * The order in which called actions are listed by state. Problems come first, and actions beyond
 * the maximum are collapsed.
 */
const STATE_ORDER: ICalledAction['state'][] = ['missing', 'notebook', 'unknown', 'deployed'];
const MAX_ACTIONS = 12;

function CallsRow({
  called,
  label
}: {
  called: readonly ICalledAction[];
  label: string;
}): React.ReactElement {
  const sorted = [...called].sort(
    (a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state)
  );
  const shown = sorted.length > MAX_ACTIONS ? sorted.slice(0, MAX_ACTIONS - 1) : sorted;
  const rest = sorted.slice(shown.length);
  return (
    <CardRow label="Calls">
      {called.length === 0 && <span className="jp-Faas-secondary">No other functions</span>}
      <Calls called={shown} label={label} />
      {rest.length > 0 && (
        <Disclosure summary={<span>{count(rest.length)} more</span>}>
          <Calls called={rest} label={label} />
        </Disclosure>
      )}
    </CardRow>
  );
}

function Calls({
  called,
  label
}: {
  called: readonly ICalledAction[];
  label: string;
}): React.ReactElement {
  return (
    <div className="jp-FaasCard-calls">
      {called.map(({ name, paths, state }) => {
        const { icon, tone, words } = STATES[state];
        return (
          <React.Fragment key={name}>
            <span className="jp-Faas-mono jp-Faas-ellipsis" title={name}>
              {shownName(name)}
            </span>
            <span className="jp-FaasCard-line">
              <Icon name={icon} tone={tone} small />
              <span>
                {words(label)}
                {paths.length > 1 && (
                  <span className="jp-Faas-secondary"> · at {count(paths.length)} places</span>
                )}
              </span>
            </span>
          </React.Fragment>
        );
      })}
    </div>
  );
}

/** The graph as indented text, for front ends that cannot draw it. */
function Outline({ graph }: Pick<ICompositionFacts, 'graph'>): React.ReactElement {
  const lines = outline(graph);
  const shown = lines.length > MAX_OUTLINE_LINES ? lines.slice(0, MAX_OUTLINE_LINES - 1) : lines;
  return (
    <ul className="jp-FaasCard-outline">
      {shown.map(({ depth, text: words }, index) => (
        <li key={index} style={{ paddingLeft: 16 * depth }}>
          {words}
        </li>
      ))}
      {shown.length < lines.length && (
        <li className="jp-Faas-secondary">{plural(lines.length - shown.length, 'more step')}</li>
      )}
    </ul>
  );
}

import React from 'react';

import type { ISession } from '../../api/session';
import { IconButton } from '../../components/button';
import { Facts } from '../../components/facts';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import { duration, MISSING, moment, shortId } from '../../format/format';
import { OutcomeIcon } from './outcomeicon';
import type { ISessionProps } from './props';
import { headerFacts, sessionOutcome, startedSentence } from './text';

interface IHeaderProps extends ISessionProps {
  session: ISession;
}

const OUTCOME_LABELS = { running: 'Running', ok: 'Succeeded', failed: 'Failed' } as const;

/** The header of the document, with name, outcome, duration and cost. */
export function SessionHeader({ session, model, actions }: IHeaderProps): React.ReactElement {
  const { id, name, activation, cold } = session;
  const outcome = sessionOutcome(session);
  const now = Date.now();
  const page = actions.page(name);
  const price = session.cost.text ?? activation.cost_text;
  return (
    <header role="none" className="jp-FaasSession-head">
      <div className="jp-FaasSession-what">
        <div className="jp-FaasSession-kicker">
          <span>Activation</span>
          <span className="jp-Faas-mono jp-Faas-ellipsis" title={id}>
            {id}
          </span>
          <IconButton
            label="Copy the activation ID"
            title="Copy ID"
            onClick={() => actions.copy(id, 'Copied the ID')}
          >
            <Icon name="copy" small />
          </IconButton>
        </div>
        <h1>
          {page ? (
            <button
              type="button"
              className="jp-FaasSession-name"
              title={`Open the page of ${name}`}
              onClick={page}
            >
              <FunctionName name={name} />
            </button>
          ) : (
            <FunctionName name={name} />
          )}
          <span className="jp-FaasTag" title={outcome === 'failed' ? activation.status : undefined}>
            <OutcomeIcon outcome={outcome} />
            {OUTCOME_LABELS[outcome]}
          </span>
          {cold && (
            <span className="jp-FaasTag">
              <Icon name="snowflake" tone="cold" small />
              Cold start
            </span>
          )}
        </h1>
        <Facts
          className="jp-FaasSession-facts"
          title={`${startedSentence(session, now)}\n${moment(session.start)}`}
          facts={[
            ...headerFacts(session, now),
            activation.cause !== null && (
              <React.Fragment key="caller">
                called by{' '}
                <ActivationLink
                  id={activation.cause}
                  words={model.caller ?? shortId(activation.cause)}
                  open={actions.open}
                />
              </React.Fragment>
            ),
            !session.deployed && 'no longer deployed'
          ].filter(Boolean)}
        />
      </div>
      <div className="jp-FaasSession-figures">
        <div className="jp-FaasSession-duration" title={session.running ? 'So far' : undefined}>
          {duration(session.elapsed_ms)}
          {session.kind !== 'function' && (
            <span className="jp-FaasSession-which jp-Faas-secondary"> including waiting</span>
          )}
        </div>
        {price === null && session.running ? (
          <div className="jp-Faas-secondary">The cost is known when the run ends</div>
        ) : (
          <div className="jp-Faas-number">
            {price ?? MISSING}{' '}
            <span className="jp-Faas-secondary">
              per million calls{session.running ? ', so far' : ''}
            </span>
          </div>
        )}
      </div>
    </header>
  );
}

interface IActivationLinkProps {
  id: string;
  words: string;
  open: (id: string) => void;
}

function ActivationLink({ id, words, open }: IActivationLinkProps): React.ReactElement {
  return (
    <button
      type="button"
      className="jp-FaasLinkButton"
      title={`Open activation ${id}`}
      onClick={() => open(id)}
    >
      {words}
    </button>
  );
}

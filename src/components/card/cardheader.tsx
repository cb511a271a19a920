import React from 'react';

import type { ICard } from '../../api/card';
import { ageInWords, moment, version } from '../../format/format';
import { sampleQuery } from '../../format/sampleparams';
import { StateTag } from '../badge';
import { IconButton } from '../button';
import { DeployButton } from '../deploybutton';
import { FunctionName } from '../functionname';
import { Icon } from '../icon';
import { PythonCode } from '../python';
import { withPreset } from '../run/formfields';
import { Url } from '../url';
import { CardRow } from './cardrows';
import type { ICardProps } from './props';

/** The top of every card, with the title, signature, description and URLs. */
export function CardHeader(props: ICardProps): React.ReactElement {
  const { card, deployed, current, actions, failure } = props;
  const webUrl = current ? deployed?.web_url : null;
  return (
    <>
      <TitleLine {...props} />
      <div className="jp-FaasSignature">
        <PythonCode text={card.signature} />
      </div>
      {card.doc && <div className="jp-FaasCard-doc">{card.doc}</div>}
      {failure && (
        <CardRow label="Deploy failed">
          <div role="alert">{failure.message}</div>
          {failure.hint && <div className="jp-Faas-secondary">{failure.hint}</div>}
        </CardRow>
      )}
      {current && deployed && (
        <CardRow label="URL">
          <div className="jp-FaasCard-line">
            <Url url={deployed.url} />
            {actions.copy && (
              <IconButton
                label={`Copy the URL of ${card.name}`}
                title="Copy URL"
                onClick={() => actions.copy?.(deployed.url)}
              >
                <Icon name="copy" />
              </IconButton>
            )}
          </div>
        </CardRow>
      )}
      {webUrl && (
        <WebUrlRow card={card} url={webUrl} access={deployed?.web_access} copy={actions.copy} />
      )}
    </>
  );
}

interface IWebUrlRowProps {
  card: ICard;
  url: string;
  access?: 'key' | 'word';
  copy?: (text: string) => void;
}

const ACCESS = {
  open: 'Callers do not need a key.',
  key: 'Callers must send the API key of a namespace as user name and password.',
  word: 'Callers do not need a key, but they must send the value of require-whisk-auth in the header X-Require-Whisk-Auth.'
};

/** The public URL that returns the result as JSON, with an example of how to pass parameters. */
function WebUrlRow({ card, url, access, copy }: IWebUrlRowProps): React.ReactElement {
  const query = sampleQuery(withPreset(card.schema, card.preset));
  return (
    <CardRow label="Web URL">
      <div className="jp-FaasCard-line">
        <Url url={url} />
        {copy && (
          <IconButton
            label={`Copy the web URL of ${card.name}`}
            title="Copy web URL"
            onClick={() => copy(url)}
          >
            <Icon name="copy" />
          </IconButton>
        )}
      </div>
      <div className="jp-Faas-secondary jp-Faas-small">
        {ACCESS[access ?? 'open']}
        {query && ' Send the parameters as JSON in a POST request, or append them to the URL:'}
        {query && <div className="jp-Faas-mono jp-FaasCard-url">?{query}</div>}
      </div>
    </CardRow>
  );
}

function TitleLine(props: ICardProps): React.ReactElement {
  const { card, badge, deployed, current, changed, targetLabel, blocked, now, actions } = props;
  const since = current && !changed && deployed ? `, ${ageInWords(deployed.updated, now)}` : '';
  const failed = props.badge.icon === 'disc-cross';
  const press = actions.cancel ?? actions.deploy;
  return (
    <div className="jp-FaasCard-head">
      <Icon name={card.composition ? 'flow' : 'lambda'} />
      <span className="jp-FaasCard-name">
        <FunctionName name={card.name} />
      </span>
      {deployed && <span className="jp-Faas-secondary">{version(deployed.version)}</span>}
      <StateTag badge={badge} />
      <span className="jp-FaasCard-end">
        <span
          className="jp-FaasCard-target"
          title={since && deployed ? moment(deployed.updated) : undefined}
        >
          to {targetLabel}
          {since}
        </span>
        {actions.command && !current && <code>{actions.command}</code>}
        {press && (
          <DeployButton
            name={card.name}
            step={
              actions.cancel
                ? 'cancel'
                : failed
                  ? 'retry'
                  : current && !changed
                    ? 'again'
                    : 'deploy'
            }
            blocked={blocked}
            onClick={press}
            large
            primary
          />
        )}
        {actions.menu && (
          <IconButton
            menu
            label={`More actions for ${card.name}`}
            title="More actions"
            onClick={event => actions.menu?.(event.currentTarget)}
          >
            <Icon name="dots" />
          </IconButton>
        )}
      </span>
    </div>
  );
}

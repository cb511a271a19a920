import React from 'react';

import type { IFunctionPage } from '../../api/page';
import { IconButton } from '../../components/button';
import { CardRow, ModelRow } from '../../components/card/cardrows';
import { ExamplesRow } from '../../components/card/cleanroom';
import { Icon } from '../../components/icon';
import { Url } from '../../components/url';
import { ageInWords, version } from '../../format/format';
import type { IPageProps } from './props';

interface IFunctionDetailsProps extends IPageProps {
  page: IFunctionPage;
}

/** The sections with examples, models, versions and URLs. */
export function FunctionDetails(props: IFunctionDetailsProps): React.ReactElement {
  const { page, model, manager, actions } = props;
  const deployed = manager.functionNamed(model.name);
  const models = page.models ?? [];
  const web = model.usage.value?.snippets.find(one => one.id === 'web');
  return (
    <section className="jp-FaasPage-facts" aria-label="Facts">
      <ExamplesRow examples={page.examples} copy={text => actions.copy(text, 'Copied')} />
      {models.map(one => (
        <ModelRow key={one.name} model={one} named={models.length > 1} />
      ))}
      {deployed && (
        <>
          <CardRow label="Versions">
            <div className="jp-FaasCard-line">
              <span>{`${version(deployed.version)}, deployed ${ageInWords(deployed.updated, Date.now())}`}</span>
              {deployed.notebook && (
                <span className="jp-Faas-secondary">{`from ${deployed.notebook}`}</span>
              )}
              <button
                type="button"
                className="jp-FaasLinkButton"
                onClick={() => (model.tab = 'history')}
              >
                Show history
              </button>
            </div>
          </CardRow>
          <Address
            label="URL"
            what={`the URL of ${model.name}`}
            url={deployed.url}
            note="Callers need the key of the namespace."
            copy={actions.copy}
          />
          {deployed.web_url && (
            <Address
              label="Web URL"
              what={`the web URL of ${model.name}`}
              url={deployed.web_url}
              note={web?.note ?? ''}
              copy={actions.copy}
            />
          )}
        </>
      )}
    </section>
  );
}

interface IAddressProps {
  label: string;
  what: string;
  url: string;
  note: string;
  copy: (text: string, words: string) => void;
}

function Address({ label, what, url, note, copy }: IAddressProps): React.ReactElement {
  return (
    <CardRow label={label}>
      <div className="jp-FaasCard-line">
        <Url url={url} />
        <IconButton
          label={`Copy ${what}`}
          title={`Copy ${label}`}
          onClick={() => copy(url, `Copied ${what}`)}
        >
          <Icon name="copy" />
        </IconButton>
      </div>
      {note && <div className="jp-Faas-secondary jp-Faas-small">{note}</div>}
    </CardRow>
  );
}

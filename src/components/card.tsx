import React from 'react';

import type {
  IActivation,
  ICard,
  ICardDeployed,
  IForecast,
  IPreflight,
  ISchema,
  JsonObject
} from '../api/types';
import { ageInWords, moment, plural, size, version } from '../format';
import { withPreset } from '../params';
import { outcomeOf } from '../preflight';
import { sampleQuery } from '../samples';
import type { IBadge } from '../states';
import { StateTag } from './badge';
import { Button, IconButton } from './button';
import { CardRow, CostRow, ModelRow, PackageRow, RequirementsRow, TravelsRow } from './cardrows';
import { Disclosure } from './disclosure';
import { FunctionName } from './functionname';
import type { IFormState } from './form';
import { Icon } from './icon';
import { PreflightRow } from './preflight';
import { Python } from './python';
import type { IActivationLink } from './status';
import { TryIt } from './tryit';

/** Each callback that is missing takes its control with it. */
export interface ICardActions {
  deploy?: () => void;
  cancel?: () => void;
  invoke?: (params: JsonObject) => Promise<IActivation>;
  /** Opens the ⋯ menu under its button. */
  menu?: (button: HTMLElement) => void;
  copy?: (text: string) => void;
  linkTo?: (activation: IActivation) => IActivationLink;
  /** What to type where there is no button to deploy with. */
  command?: string;
  /** Writes an option (`--timeout 120`) into the cell. */
  setOption?: (option: string) => void;
}

export interface ICardProps {
  card: ICard;
  badge: IBadge;
  deployed: ICardDeployed | null;
  /** Whether the target runs just this package. */
  current: boolean;
  targetLabel: string;
  /** How the target in use judges the package; without it, what the card was drawn with. */
  preflight?: IPreflight | null;
  forecast: IForecast;
  /** Whether a forecast may still come. */
  measuring: boolean;
  /** What stands in the way of deploying, when something does. */
  blocked?: string;
  /** Why the last deploy failed. */
  failure?: { message: string; hint: string } | null;
  now: number;
  form?: IFormState;
  onFormEdited?: (state: IFormState) => void;
  schema?: ISchema | null;
  actions: ICardActions;
}

/** What a cell became: what travels, how it compares, what it will cost; and the way to the target. */
export function FunctionCard(props: ICardProps): React.ReactElement {
  const { card, deployed, current, actions, failure } = props;
  const webUrl = current ? deployed?.web_url : null;
  return (
    <section className="jp-FaasCard" aria-label={`Function ${card.name}`}>
      <Head {...props} />
      <div className="jp-FaasSignature">
        <Python text={card.signature} />
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
            <span className="jp-Faas-mono jp-FaasCard-url">{deployed.url}</span>
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
      {webUrl && <WebUrlRow card={card} url={webUrl} copy={actions.copy} />}
      {current && actions.invoke && (
        <CardRow label="Try it">
          <TryIt
            name={card.name}
            schema={withPreset(card.schema, card.preset)}
            initial={props.form}
            onEdited={props.onFormEdited}
            invoke={actions.invoke}
            linkTo={actions.linkTo}
          />
        </CardRow>
      )}
      {current ? (
        <CardRow label="Details">
          <Disclosure summary={<span>{summary(props)}</span>}>
            <div className="jp-FaasCard-details">
              <Facts {...props} />
            </div>
          </Disclosure>
        </CardRow>
      ) : (
        <Facts {...props} />
      )}
    </section>
  );
}

interface IWebUrlRowProps {
  card: ICard;
  url: string;
  copy?: (text: string) => void;
}

/** Where anybody gets the result as JSON, and how parameters are given there. */
function WebUrlRow({ card, url, copy }: IWebUrlRowProps): React.ReactElement {
  const query = sampleQuery(withPreset(card.schema, card.preset));
  return (
    <CardRow label="Web URL">
      <div className="jp-FaasCard-line">
        <span className="jp-Faas-mono jp-FaasCard-url">{url}</span>
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
      <div className="jp-FaasCard-line jp-Faas-secondary jp-Faas-small">
        <span>
          Needs no key.
          {query && (
            <>
              {' Parameters as JSON in a POST, or '}
              <span className="jp-Faas-mono jp-FaasCard-url">?{query}</span>
            </>
          )}
        </span>
      </div>
    </CardRow>
  );
}

function Head(props: ICardProps): React.ReactElement {
  const { card, badge, deployed, current, targetLabel, blocked, now, actions } = props;
  const since = current && deployed ? `, ${ageInWords(deployed.updated, now)}` : '';
  const failed = props.badge.icon === 'disc-cross';
  return (
    <div className="jp-FaasCard-head">
      <Icon name="lambda" />
      <span className="jp-FaasCard-name">
        <FunctionName name={card.name} />
      </span>
      {deployed && <span className="jp-Faas-secondary">{version(deployed.version)}</span>}
      <StateTag badge={badge} />
      <span className="jp-FaasCard-space" />
      <span
        className="jp-FaasCard-target"
        title={since && deployed ? moment(deployed.updated) : undefined}
      >
        to {targetLabel}
        {since}
      </span>
      {actions.command && !current && <code>{actions.command}</code>}
      {actions.cancel && (
        <Button large onClick={actions.cancel} label={`Cancel deploying ${card.name}`}>
          Cancel
        </Button>
      )}
      {actions.deploy &&
        (current && !failed ? (
          <IconButton
            label={`Deploy ${card.name} again`}
            title={blocked || 'Deploy again'}
            disabled={!!blocked}
            onClick={actions.deploy}
          >
            <Icon name="deploy" />
          </IconButton>
        ) : (
          <Button
            large
            primary={!blocked}
            disabled={!!blocked}
            title={blocked}
            onClick={actions.deploy}
            label={failed ? `Try again to deploy ${card.name}` : `Deploy ${card.name}`}
          >
            {failed ? 'Try again' : 'Deploy'}
          </Button>
        ))}
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
    </div>
  );
}

function Facts(props: ICardProps): React.ReactElement {
  const { card, forecast, measuring, actions } = props;
  // A model has its own row.
  const captured = card.captured.filter(one => one.kind !== 'model');
  return (
    <>
      {card.models.map(model => (
        <ModelRow
          key={model.name}
          model={model}
          forecast={forecast}
          named={card.models.length > 1}
        />
      ))}
      {captured.length > 0 && <TravelsRow captured={captured} />}
      <PackageRow files={card.files} size={card.size} />
      <RequirementsRow requirements={card.requirements} />
      <PreflightRow
        checks={props.preflight?.preflight ?? card.preflight}
        label={props.preflight?.target.label ?? card.target.label}
        timeoutMs={card.timeout_ms}
        forecast={forecast}
        measuring={measuring}
        setOption={actions.setOption}
      />
      <CostRow forecast={forecast} />
    </>
  );
}

function summary({ card, preflight }: ICardProps): string {
  const checks = preflight?.preflight ?? card.preflight;
  const passed = checks.filter(one => outcomeOf(one) === 'ok').length;
  const warned = checks.length - passed;
  return [
    ...card.models.map(model => `${model.class}, ${size(model.size)}`),
    `package ${size(card.size)}`,
    warned > 0 ? plural(warned, 'preflight warning') : `${plural(passed, 'preflight check')} passed`
  ].join('  ·  ');
}

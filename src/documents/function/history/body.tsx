import React from 'react';

import { CardRow } from '../../../components/card/cardrows';
import { Diff } from '../../../components/diff';
import { Icon } from '../../../components/icon';
import { Message } from '../../../components/message';
import { Select } from '../../../components/select';
import { version } from '../../../format/format';
import type { IDriftSide } from '../../../state/functionstate';
import type { IFaasManager } from '../../../tokens';
import { CELL, DEPLOYED, deployKey, type HistoryModel, type IComparison } from './model';
import { DeployTable } from './table';

interface IHistoryProps {
  model: HistoryModel;
  manager: IFaasManager;
  /** Roll back after the user confirms it. `to` is a {@link deployKey}. */
  onRollBack: (to: string) => void;
}

/** The deployment history of one function, which is a tab of its page. */
export function History({ model, manager, onRollBack }: IHistoryProps): React.ReactElement {
  const { history } = model;
  const { value } = history;
  return (
    <div className="jp-FaasHistory">
      {history.state === 'failed' && (
        <Message tone="error" title={history.message}>
          {history.hint && <p>{history.hint}</p>}
        </Message>
      )}
      <DriftSides model={model} />
      {value && (
        <section aria-label="Deploys">
          <h2 className="jp-FaasPage-heading">Deploys</h2>
          {value.deploys.length > 0 ? (
            <div className="jp-FaasTable-scroll">
              <DeployTable
                history={value}
                now={Date.now()}
                blocked={!manager.isUpToDate}
                selected={model.comparison?.to ?? null}
                onSelect={ends => void model.compare(ends)}
                onRollBack={onRollBack}
              />
            </div>
          ) : (
            <p className="jp-Faas-secondary">
              {`${value.name} has never been deployed to ${value.target_label} from this machine.`}
            </p>
          )}
          {value.deployed && !value.deployed.ours && (
            <ChangedElsewhere version={value.deployed.version} />
          )}
        </section>
      )}
      <Changes model={model} />
    </div>
  );
}

/** The four sides of the drift check, one per line. */
function DriftSides({ model }: { model: HistoryModel }): React.ReactElement | null {
  const { notebook, name } = model;
  const live = notebook?.cellNamed(name);
  if (!notebook || !live) {
    return null;
  }
  return (
    <section className="jp-FaasHistory-sides" aria-label="Current state">
      {notebook.status(live).sides.map(side => (
        <CardRow key={side.name} label={side.name}>
          <span className="jp-FaasHistory-side">
            <DriftIcon side={side} />
            {side.text}
          </span>
        </CardRow>
      ))}
    </section>
  );
}

function DriftIcon({ side: { ok } }: { side: IDriftSide }): React.ReactElement {
  if (ok === null) {
    return <Icon name="ring" tone="plain" small />;
  }
  return <Icon name={ok ? 'disc-check' : 'triangle'} tone={ok ? 'ok' : 'warn'} small />;
}

function ChangedElsewhere({ version: text }: { version: string }): React.ReactElement {
  return (
    <p className="jp-FaasHistory-side jp-FaasHistory-elsewhere">
      <Icon name="triangle" tone="warn" small />
      {`${version(text)} was not deployed from this machine. JupyterLab asks you before a deploy or a rollback overwrites it.`}
    </p>
  );
}

function Changes({ model }: { model: HistoryModel }): React.ReactElement | null {
  const { comparison: ends, diff, history } = model;
  if (history.value === null || ends === null) {
    return null;
  }
  const { deploys, deployed } = history.value;
  const versions = deploys.map(one => ({
    value: deployKey(one, deploys),
    label: version(one.version)
  }));
  const there = deployed
    ? [{ value: DEPLOYED, label: `Deployed ${version(deployed.version)}` }]
    : [];
  const cell = model.cellPackage === null ? [] : [{ value: CELL, label: 'This notebook' }];
  const change = (changed: Partial<IComparison>) => void model.compare({ ...ends, ...changed });
  return (
    <section aria-label="Changes" aria-busy={diff?.state === 'loading'}>
      <div className="jp-FaasHistory-ends">
        <h2 className="jp-FaasPage-heading">Changes</h2>
        <VersionSelect
          label="from"
          value={ends.from}
          options={[...there, ...versions]}
          onChange={from => change({ from })}
        />
        <VersionSelect
          label="to"
          value={ends.to}
          options={[...cell, ...there, ...versions]}
          onChange={to => change({ to })}
        />
      </div>
      {diff?.state === 'failed' && (
        <Message tone="error" title={diff.message}>
          {diff.hint && <p>{diff.hint}</p>}
        </Message>
      )}
      {diff?.value &&
        (diff.value.same ? (
          <p className="jp-Faas-secondary">There are no differences.</p>
        ) : (
          <Diff diff={diff.value} />
        ))}
    </section>
  );
}

interface IEndProps {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

function VersionSelect({ label, value, options, onChange }: IEndProps): React.ReactElement {
  const unique = options.filter(
    (one, index) => options.findIndex(other => other.value === one.value) === index
  );
  return (
    <label className="jp-FaasHistory-end jp-Faas-small">
      <span className="jp-Faas-secondary">{label}</span>
      <Select label={label} value={value} options={unique} onChange={onChange} />
    </label>
  );
}

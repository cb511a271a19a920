import React from 'react';

import type { IDeploy, IHistory } from '../../../api/history';
import { Button } from '../../../components/button';
import { Icon } from '../../../components/icon';
import { age, MISSING, moment, shortId, size, version } from '../../../format/format';
import { previousDeploy, deployKey, type IComparison } from './model';

interface IDeployTableProps {
  history: IHistory;
  now: number;
  /** Whether the target is unreachable. */
  blocked: boolean;
  /** The {@link deployKey} of the deploy whose changes are shown. */
  selected: string | null;
  onSelect: (ends: IComparison) => void;
  onRollBack: (to: string) => void;
}

/** The table of deploys, the latest first, with buttons that roll back. */
export function DeployTable(props: IDeployTableProps): React.ReactElement {
  return (
    <table className="jp-FaasTable jp-FaasHistory-table">
      <thead>
        <tr>
          <th>
            <span className="jp-Faas-hidden">State</span>
          </th>
          <th>Version</th>
          <th>Age</th>
          <th className="jp-mod-roomy">By</th>
          <th>Notebook</th>
          <th className="jp-mod-spare">Commit</th>
          <th>Package</th>
          <th className="jp-mod-right jp-mod-roomy">Size</th>
          <th>
            <span className="jp-Faas-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.history.deploys.map((deploy, index) => (
          <DeployRow key={index} deploy={deploy} {...props} />
        ))}
      </tbody>
    </table>
  );
}

function DeployRow(props: IDeployTableProps & { deploy: IDeploy }): React.ReactElement {
  const { deploy, history, now, blocked, selected, onSelect, onRollBack } = props;
  const { deploys } = history;
  const word = deployKey(deploy, deploys);
  const number = version(deploy.version);
  const before = previousDeploy(deploy, deploys);
  const show = before && (() => onSelect({ from: deployKey(before, deploys), to: word }));
  return (
    <tr aria-current={word === selected} onClick={show}>
      <td>
        {deploy.current && (
          <span title="Currently deployed" role="img" aria-label="Currently deployed">
            <Icon name="disc-check" tone="ok" small />
          </span>
        )}
      </td>
      <td>
        {show ? (
          <button
            type="button"
            className="jp-FaasLink jp-FaasHistory-version"
            title={`Show the changes in ${number}`}
          >
            {number}
          </button>
        ) : (
          number
        )}
        {deploy.aliases.map(alias => (
          <span key={alias} className="jp-FaasTag jp-FaasHistory-alias">
            {alias}
          </span>
        ))}
        {deploy.rollback_to && (
          <span className="jp-Faas-secondary"> back to {version(deploy.rollback_to)}</span>
        )}
      </td>
      <td title={[moment(deploy.deployed), deploy.user].filter(Boolean).join(', ')}>
        {age(deploy.deployed, now)}
      </td>
      <td className="jp-mod-roomy">{deploy.user || MISSING}</td>
      <td className="jp-FaasHistory-notebook" title={originTooltip(deploy)}>
        {deploy.notebook ?? MISSING}
      </td>
      <td className="jp-Faas-mono jp-mod-spare" title={deploy.commit ?? undefined}>
        {deploy.commit === null ? MISSING : shortCommit(deploy.commit)}
      </td>
      <td className="jp-Faas-mono" title={`sha256 ${deploy.bundle}`}>
        {shortId(deploy.bundle)}
      </td>
      <td className="jp-Faas-number jp-mod-right jp-mod-roomy">{size(deploy.size)}</td>
      <td className="jp-mod-right" onClick={event => event.stopPropagation()}>
        {deploy.available ? (
          !deploy.current &&
          deploy.package !== deploys.find(one => one.current)?.package && (
            <Button
              disabled={blocked}
              title={blocked ? 'You can roll back when the target is available again' : undefined}
              label={`Roll ${history.name} back to ${number}…`}
              onClick={() => onRollBack(word)}
            >
              Roll back to {number}…
            </Button>
          )
        ) : (
          <span className="jp-Faas-secondary">Package not found</span>
        )}
      </td>
    </tr>
  );
}

/** Return a tooltip with the notebook and commit, because their columns may be hidden. */
function originTooltip({ notebook, commit }: IDeploy): string | undefined {
  return [notebook, commit].filter(Boolean).join(', commit ') || undefined;
}

/**
 * Return the short form of a commit: `1a2b3c4`, or `1a2b3c4-dirty` if files had uncommitted
 * changes.
 */
function shortCommit(commit: string): string {
  const [sha = '', ...dirty] = commit.split('-');
  return [sha.slice(0, 7), ...dirty].join('-');
}

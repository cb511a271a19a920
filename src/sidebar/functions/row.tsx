import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { StateLine } from '../../components/badge';
import { Button, IconButton } from '../../components/button';
import { DeployButton } from '../../components/deploybutton';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import type { IFunctionRow } from './model';

/** The actions of a row, which the plugin implements. */
export interface IRowActions {
  deploy: (name: string) => void;
  cancel: (name: string) => void;
  dismiss: (name: string) => void;
  openCell: (name: string) => void;
  menu: (row: IFunctionRow, under: HTMLElement) => void;
}

interface IFunctionRowProps {
  row: IFunctionRow;
  active: boolean;
  actions: IRowActions;
  onFocus: () => void;
}

export function FunctionRow({
  row,
  active,
  actions,
  onFocus
}: IFunctionRowProps): React.ReactElement {
  const tabIndex = active ? 0 : -1;
  return (
    <div
      className="jp-FaasFunction"
      role="treeitem"
      aria-level={2}
      aria-label={row.label}
      data-id={row.id}
      tabIndex={tabIndex}
      onFocus={onFocus}
      onDoubleClick={() => row.inNotebook && actions.openCell(row.name)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        actions.menu(row, event.currentTarget);
      }}
    >
      <Icon name={row.composition ? 'flow' : 'lambda'} className="jp-FaasFunction-icon" />
      <div className="jp-FaasFunction-text">
        <div className="jp-FaasFunction-title">
          <span className="jp-FaasFunction-name">
            <FunctionName name={row.name} />
          </span>
          {row.version && <span className="jp-Faas-secondary jp-Faas-small">{row.version}</span>}
        </div>
        <div className="jp-FaasFunction-state">
          <StateLine badge={row.badge} />
        </div>
      </div>
      {row.rules.length > 0 && (
        <div className="jp-FaasFunction-runs">
          {row.rules.map(({ words, active }) => (
            <div key={words} className="jp-FaasFunction-state" title={words}>
              <Icon name={active ? 'clock' : 'pause'} small />
              <span className="jp-FaasState-words">{words}</span>
            </div>
          ))}
        </div>
      )}
      <DeployControl row={row} actions={actions} tabIndex={tabIndex} />
      <IconButton
        menu
        label={`More actions for ${row.name}`}
        title="More actions"
        tabIndex={tabIndex}
        onClick={event => actions.menu(row, event.currentTarget)}
      >
        <ellipsesIcon.react tag={null} />
      </IconButton>
      {row.failure && (
        <div className="jp-FaasFunction-failure">
          <div>
            <div>{row.failure.message}</div>
            {row.failure.hint && <div className="jp-Faas-secondary">{row.failure.hint}</div>}
          </div>
          {row.deploy !== 'cell' && (
            <IconButton
              label={`Dismiss the failure of ${row.name}`}
              title="Dismiss"
              tabIndex={tabIndex}
              onClick={() => actions.dismiss(row.name)}
            >
              <Icon name="close" small />
            </IconButton>
          )}
        </div>
      )}
    </div>
  );
}

interface IDeployControlProps {
  row: IFunctionRow;
  actions: IRowActions;
  tabIndex: number;
}

function DeployControl({ row, actions, tabIndex }: IDeployControlProps): React.ReactElement {
  const { name, blocked, deploy } = row;
  if (deploy === 'none') {
    return <span />;
  }
  if (deploy === 'cell') {
    return (
      <Button
        label={`Show the cell of ${name}`}
        tabIndex={tabIndex}
        onClick={() => actions.openCell(name)}
      >
        Show cell
      </Button>
    );
  }
  return (
    <DeployButton
      name={name}
      step={deploy === 'button' ? 'deploy' : deploy}
      blocked={blocked}
      tabIndex={tabIndex}
      onClick={() => (deploy === 'cancel' ? actions.cancel(name) : actions.deploy(name))}
    />
  );
}

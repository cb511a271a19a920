import { copyIcon, refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IDeployedFunction } from '../../api/types';
import { Icon } from '../../components/icon';
import { ageInWords, memory, moment, version } from '../../format/format';
import { FunctionHeader } from '../functionheader';
import { TargetState } from '../targetstate';
import { ToolbarButton } from '../toolbarbutton';
import type { IPageProps } from './props';

/** The toolbar with the actions on the function. Unavailable actions are hidden. */
export function PageToolbar({ model, manager, actions }: IPageProps): React.ReactElement {
  const { name } = model;
  const deployed = manager.functionNamed(name);
  const cell = actions.cell();
  const kind = kindOf(deployed);
  const label = model.page.value?.target_label ?? manager.target?.label ?? '';
  return (
    <div className="jp-FaasSession-toolbar" role="toolbar" aria-label={`${kind} actions`}>
      {cell && (
        <button type="button" className="jp-FaasTool" onClick={cell}>
          <Icon name="cell" />
          Show cell
        </button>
      )}
      {deployed && (
        <ToolbarButton
          icon={copyIcon}
          onClick={() => actions.copy(deployed.url, `Copied the URL of ${name}`)}
        >
          Copy URL
        </ToolbarButton>
      )}
      <ToolbarButton icon={refreshIcon} onClick={() => void model.refreshAll()}>
        Refresh
      </ToolbarButton>
      <TargetState manager={manager} label={label} />
    </div>
  );
}

function kindOf(deployed: IDeployedFunction | null): string {
  return deployed?.composition ? 'Composition' : 'Function';
}

/** The header with name, state, version and limits. */
export function PageHeader({ model, manager }: IPageProps): React.ReactElement {
  const deployed = manager.functionNamed(model.name);
  return (
    <FunctionHeader
      kicker={kindOf(deployed)}
      model={model}
      manager={manager}
      facts={
        deployed
          ? [
              version(deployed.version),
              deployed.kind,
              memory(deployed.memory_mb),
              `timeout ${deployed.timeout_ms / 1000} s`,
              `deployed ${ageInWords(deployed.updated, Date.now())}`
            ]
          : []
      }
      title={deployed ? moment(deployed.updated) : undefined}
    />
  );
}

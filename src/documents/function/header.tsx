import { copyIcon, historyIcon, refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { StateTag } from '../../components/badge';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import { ageInWords, memory, moment, version } from '../../format/format';
import { badge } from '../../state/functionstate';
import { ToolbarButton } from '../toolbarbutton';
import type { IPageProps } from './props';

/** The toolbar with the actions on the function. Unavailable actions are hidden. */
export function PageToolbar({ model, manager, actions }: IPageProps): React.ReactElement {
  const { name } = model;
  const deployed = manager.functionNamed(name);
  const cell = actions.cell();
  const label = model.page.value?.target_label ?? manager.target?.label ?? '';
  const answers = manager.condition.kind === 'ready';
  return (
    <div className="jp-FaasPage-toolbar" role="toolbar" aria-label="Function actions">
      {cell && (
        <button type="button" className="jp-FaasTool" onClick={cell}>
          <Icon name="cell" />
          Show cell
        </button>
      )}
      {deployed && (
        <>
          <ToolbarButton icon={historyIcon} onClick={actions.history}>
            Show history
          </ToolbarButton>
          <ToolbarButton
            icon={copyIcon}
            onClick={() => actions.copy(deployed.url, `Copied the URL of ${name}`)}
          >
            Copy URL
          </ToolbarButton>
        </>
      )}
      <ToolbarButton icon={refreshIcon} onClick={() => void model.refresh()}>
        Refresh
      </ToolbarButton>
      <span className="jp-FaasPage-space" />
      <span
        className="jp-FaasPage-target jp-Faas-secondary"
        title={`${label} ${answers ? 'answers' : 'does not answer'}`}
      >
        <Icon name={answers ? 'disc' : 'ring'} tone={answers ? 'ok' : 'plain'} small />
        <span className="jp-Faas-ellipsis">{label}</span>
      </span>
    </div>
  );
}

/** The header with name, state, version and limits. */
export function PageHeader({ model, manager }: IPageProps): React.ReactElement {
  const { name } = model;
  const deployed = manager.functionNamed(name);
  const held = deployed === null ? 'not-deployed' : deployed.elsewhere ? 'elsewhere' : 'deployed';
  const shown = badge(manager.isUpToDate ? held : 'unknown', {
    job: null,
    version: deployed?.version ?? null,
    seen: manager.functionsAsOf
  });
  return (
    <header role="none" className="jp-FaasPage-head">
      <div className="jp-FaasPage-kicker">{deployed?.composition ? 'Composition' : 'Function'}</div>
      <h1>
        <FunctionName name={name} />
        <StateTag badge={shown} />
      </h1>
      {deployed && (
        <div className="jp-FaasPage-line" title={moment(deployed.updated)}>
          {[
            version(deployed.version),
            deployed.kind,
            memory(deployed.memory_mb),
            `${deployed.timeout_ms / 1000} s at most`,
            `deployed ${ageInWords(deployed.updated, Date.now())}`
          ].map((fact, index) => (
            <React.Fragment key={index}>
              {index > 0 && (
                <span className="jp-Faas-secondary" aria-hidden="true">
                  ·
                </span>
              )}
              <span>{fact}</span>
            </React.Fragment>
          ))}
        </div>
      )}
    </header>
  );
}

import { refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { StateTag } from '../components/badge';
import { IconButton } from '../components/button';
import { FunctionName } from '../components/functionname';
import { Icon } from '../components/icon';
import { version } from '../format/format';
import type { IconName } from '../icons';
import { badge } from '../state/functionstate';
import type { IFaasManager, INotebookFunctions } from '../tokens';

interface IFunctionHeaderProps {
  className: string;
  icon: IconName;
  model: { name: string; notebook: INotebookFunctions | null; refresh: () => Promise<void> };
  manager: IFaasManager;
  /** The label of the target; by default the label of the current target. */
  targetLabel?: string;
}

/** The header of a function's document, with name, state and target. */
export function FunctionHeader(props: IFunctionHeaderProps): React.ReactElement {
  const { className, icon, model, manager } = props;
  const { name, notebook } = model;
  const deployed = manager.functionNamed(name);
  const live = notebook?.cellNamed(name);
  const stands = notebook && live ? notebook.status(live) : null;
  const held = deployed === null ? 'not-deployed' : deployed.elsewhere ? 'elsewhere' : 'deployed';
  const shown = badge(stands?.state ?? (manager.isUpToDate ? held : 'unknown'), {
    job: notebook?.job(name) ?? null,
    version: deployed?.version ?? null,
    seen: manager.functionsAsOf,
    sides: stands?.sides
  });
  return (
    <header role="none" className={className}>
      <Icon name={icon} />
      <h1>
        <FunctionName name={name} />
      </h1>
      {deployed && <span className="jp-Faas-secondary">{version(deployed.version)}</span>}
      <StateTag badge={shown} />
      <span className="jp-FaasCard-space" />
      <span className="jp-Faas-secondary jp-Faas-small">
        on {props.targetLabel ?? manager.target?.label ?? 'the target'}
      </span>
      <IconButton label="Refresh" onClick={() => void model.refresh()}>
        <refreshIcon.react tag={null} />
      </IconButton>
    </header>
  );
}

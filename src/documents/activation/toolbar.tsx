import {
  addBelowIcon,
  copyIcon,
  editIcon,
  historyIcon,
  refreshIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import type { ISession } from '../../api/session';
import { Icon } from '../../components/icon';
import { COPIED_WITHOUT_KEY } from '../../format/curl';
import { ToolbarButton } from '../toolbarbutton';
import type { ISessionProps } from './props';

interface ISessionToolbarProps extends ISessionProps {
  session: ISession;
}

/** The toolbar with the actions on the activation. Unavailable actions are hidden. */
export function SessionToolbar(props: ISessionToolbarProps): React.ReactElement {
  const { model, actions, notebooks, session } = props;
  const { input } = model;
  // An input with redacted parameters cannot be sent again as it is.
  const given = input?.lacking.length === 0 ? input.params : undefined;
  const openCell = actions.openCell(session);
  const curl = actions.curl(session, given);
  const history = actions.history(session.name);
  return (
    <div className="jp-FaasSession-toolbar" role="toolbar" aria-label="Activation actions">
      {given && session.deployed && !session.running && (
        <ToolbarButton icon={refreshIcon} onClick={() => actions.replay(session)}>
          Run again
        </ToolbarButton>
      )}
      {input && session.deployed && !session.running && (
        <ToolbarButton icon={editIcon} onClick={() => actions.editAndRun(session, input.params)}>
          Edit and run
        </ToolbarButton>
      )}
      {given && session.kind === 'function' && actions.hasCell(session) && (
        <ToolbarButton icon={runIcon} onClick={() => actions.replayHere(session)}>
          Replay against the cell
        </ToolbarButton>
      )}
      {input && notebooks.current !== null && (
        <ToolbarButton
          icon={addBelowIcon}
          onClick={() => actions.intoNotebook(session, input.params)}
        >
          Insert into notebook
        </ToolbarButton>
      )}
      {session.running && (
        <ToolbarButton icon={stopIcon} onClick={() => actions.cancel(session)}>
          Cancel
        </ToolbarButton>
      )}
      {openCell && (
        <button type="button" className="jp-FaasTool" onClick={openCell}>
          <Icon name="cell" />
          Open cell
        </button>
      )}
      {curl !== null && (
        <ToolbarButton icon={copyIcon} onClick={() => actions.copy(curl, COPIED_WITHOUT_KEY)}>
          Copy as curl
        </ToolbarButton>
      )}
      {history && (
        <ToolbarButton icon={historyIcon} onClick={history}>
          Show history
        </ToolbarButton>
      )}
      <Target {...props} />
    </div>
  );
}

/** The target on which the activation ran, and whether the target is available. */
function Target({ manager, session }: ISessionToolbarProps): React.ReactElement {
  const { target: name } = session.activation;
  const target = manager.status?.targets.find(one => one.name === name);
  const inUse = manager.target?.name === name;
  const available = inUse && manager.condition.kind === 'ready';
  const words = available
    ? 'is available'
    : inUse
      ? 'is not available'
      : 'is not the current target';
  const label = target?.label ?? name;
  return (
    <span className="jp-FaasSession-target jp-Faas-secondary" title={`${label} ${words}`}>
      <Icon name={available ? 'disc' : 'ring'} tone={available ? 'ok' : 'plain'} small />
      <span className="jp-Faas-ellipsis">{label}</span>
    </span>
  );
}

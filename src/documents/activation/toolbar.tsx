import {
  addBelowIcon,
  copyIcon,
  editIcon,
  historyIcon,
  refreshIcon,
  runIcon,
  stopIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import type { ISession } from '../../api/session';
import { Icon } from '../../components/icon';
import { COPIED_WITHOUT_KEY } from '../../format/curl';
import { OverflowTools, type ITool } from '../overflowtools';
import type { ISessionProps } from './props';

interface ISessionToolbarProps extends ISessionProps {
  session: ISession;
}

/** The toolbar with the actions on the activation. Unavailable actions are absent. */
export function SessionToolbar(props: ISessionToolbarProps): React.ReactElement {
  return (
    <div
      className="jp-FaasSession-toolbar jp-mod-oneline"
      role="toolbar"
      aria-label="Activation actions"
    >
      <OverflowTools tools={availableTools(props)} />
      <Target {...props} />
    </div>
  );
}

function availableTools({ model, actions, notebooks, session }: ISessionToolbarProps): ITool[] {
  const { input } = model;
  // An input with redacted parameters cannot be sent again as it is.
  const given = input?.lacking.length === 0 ? input.params : undefined;
  const openCell = actions.openCell(session);
  const curl = actions.curl(session, given);
  const history = actions.history(session.name);
  const callable = session.deployed && !session.running;
  const tools: (ITool | null | undefined | false)[] = [
    given && callable && tool('Run again', refreshIcon, () => actions.replay(session)),
    input &&
      callable &&
      tool('Edit and run', editIcon, () => actions.editAndRun(session, input.params)),
    given &&
      session.kind === 'function' &&
      actions.hasCell(session) &&
      tool('Replay against the cell', runIcon, () => actions.replayHere(session)),
    input &&
      notebooks.current !== null &&
      tool('Insert into notebook', addBelowIcon, () => actions.intoNotebook(session, input.params)),
    session.running && tool('Cancel', stopIcon, () => actions.cancel(session)),
    openCell && { label: 'Open cell', icon: <Icon name="cell" />, run: openCell },
    curl !== null && tool('Copy as curl', copyIcon, () => actions.copy(curl, COPIED_WITHOUT_KEY)),
    history && tool('Show history', historyIcon, history)
  ];
  return tools.filter(one => !!one);
}

function tool(label: string, icon: LabIcon, run: () => void): ITool {
  return { label, icon: <icon.react tag="span" className="jp-FaasTool-icon" />, run };
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

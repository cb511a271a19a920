import { caretDownIcon, ReactWidget, refreshIcon, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { isMissing } from '../../components/errorview';
import { IconButton } from '../../components/button';
import { Icon } from '../../components/icon';
import type { IconName } from '../../icons';
import type { Tone } from '../../state/functionstate';
import type { Condition, IFaasManager } from '../../tokens';
import { ConditionMessage, type IConditionActions } from './conditionmessage';

export interface ITargetActions extends IConditionActions {
  refresh: () => void;
  menu: (under: HTMLElement) => void;
}

interface ITargetBodyProps {
  manager: IFaasManager;
  actions: ITargetActions;
}

/** The current target and, if there is one, the message about its problem. */
export class TargetBody extends ReactWidget {
  constructor(private readonly _props: ITargetBodyProps) {
    super();
    this.addClass('jp-FaasTarget');
  }

  protected override render(): React.ReactElement {
    const { manager } = this._props;
    return (
      <UseSignal signal={manager.changed}>
        {() => (
          <>
            <TargetLine {...this._props} />
            <ConditionMessage {...this._props} />
          </>
        )}
      </UseSignal>
    );
  }
}

/** The line with the current target and its state. A click opens the menu of targets. */
export function TargetLine({ manager, actions }: ITargetBodyProps): React.ReactElement {
  const { condition, target } = manager;
  const [icon, tone, said] = targetAppearance(condition, target?.state);
  const state = condition.kind === 'unreachable' && isMissing(target) ? 'not configured' : said;
  const missing = condition.kind === 'no-server-half';
  const words = [state, target?.insecure && 'insecure'].filter(Boolean).join(', ');
  const label = target && !missing ? target.label : missing ? 'No target' : 'Target';
  return (
    <div className="jp-FaasTarget-line">
      <button
        type="button"
        className="jp-FaasTarget-button"
        aria-haspopup="menu"
        aria-label={`Target: ${[label, words].filter(Boolean).join(', ')}`}
        title={[label, words].filter(Boolean).join(', ')}
        disabled={target === null || missing}
        onClick={event => actions.menu(event.currentTarget)}
      >
        <Icon name={icon} tone={tone} small />
        <span className="jp-FaasTarget-label jp-Faas-ellipsis">{label}</span>
        {/* In a narrow panel, the icon and the message below say it. */}
        <span className="jp-FaasTarget-state jp-Faas-wide">{words}</span>
        <caretDownIcon.react tag="span" className="jp-FaasTarget-caret" />
      </button>
      <IconButton label="Refresh" onClick={actions.refresh}>
        <refreshIcon.react tag={null} />
      </IconButton>
    </div>
  );
}

function targetAppearance(
  condition: Condition,
  state: string | undefined
): [IconName, Tone, string] {
  switch (condition.kind) {
    case 'loading':
      return ['arc', 'busy', ''];
    case 'starting':
      return ['arc', 'busy', 'starting…'];
    case 'stopped':
      return ['ring', 'plain', 'stopped'];
    case 'no-server-half':
      return ['warning', 'warn', 'extension not loaded'];
    case 'unreachable':
      return ['disc-cross', 'error', 'not reachable'];
    case 'unauthorized':
      return ['disc-cross', 'error', 'key refused'];
    case 'server-down':
      return ['disc-cross', 'error', 'no server'];
    case 'failed':
      return ['disc-cross', 'error', 'failed'];
    case 'ready':
      return state === 'unknown'
        ? ['broken-ring', 'plain', '']
        : ['disc', 'ok', state === 'running' ? 'running' : ''];
  }
}

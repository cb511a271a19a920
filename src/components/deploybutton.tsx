import React from 'react';

import type { IconName } from '../icons';
import { Icon } from './icon';

export type DeployStep = 'deploy' | 'again' | 'retry' | 'cancel';

interface IDeployButtonProps {
  /** The name of the function. */
  name: string;
  step: DeployStep;
  onClick: () => void;
  /** The reason why the button is disabled; empty if it is enabled. */
  blocked?: string;
  primary?: boolean;
  large?: boolean;
  icon?: IconName;
  /** Whether to show the icon only. */
  square?: boolean;
  tabIndex?: number;
}

const LABELS: Record<DeployStep, string> = {
  deploy: 'Deploy',
  again: 'Deploy again',
  retry: 'Try again',
  cancel: 'Cancel'
};

/**
 * A button that starts and cancels a deploy. The element stays the same in all states, so that it
 * keeps keyboard focus during a deploy.
 */
export function DeployButton(props: IDeployButtonProps): React.ReactElement {
  const { name, step, onClick, blocked, primary, large, icon, square, tabIndex } = props;
  const disabled = !!blocked && step !== 'cancel';
  const small = step === 'again' || (square === true && step !== 'cancel');
  const filled = primary === true && !disabled && step !== 'cancel';
  const classes = small
    ? ['jp-FaasIconButton']
    : ['jp-FaasButton', filled ? 'jp-mod-primary' : '', large ? 'jp-mod-large' : ''];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(' ')}
      onClick={onClick}
      disabled={disabled}
      aria-label={labelOf(step, name)}
      title={(disabled && blocked) || (small ? LABELS[step] : undefined)}
      tabIndex={tabIndex}
    >
      {small ? <Icon name="deploy" /> : icon && step !== 'cancel' && <Icon name={icon} />}
      {!small && LABELS[step]}
    </button>
  );
}

function labelOf(step: DeployStep, name: string): string {
  switch (step) {
    case 'deploy':
      return `Deploy ${name}`;
    case 'again':
      return `Deploy ${name} again`;
    case 'retry':
      return `Try again to deploy ${name}`;
    case 'cancel':
      return `Cancel deploying ${name}`;
  }
}

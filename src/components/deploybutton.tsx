import React from 'react';

import type { IconName } from '../icons';
import { Icon } from './icon';

export type DeployStep = 'deploy' | 'again' | 'retry' | 'cancel';

interface IDeployButtonProps {
  /** The function. */
  name: string;
  step: DeployStep;
  onClick: () => void;
  /** Why it cannot be pressed; empty where it can. */
  blocked?: string;
  primary?: boolean;
  large?: boolean;
  icon?: IconName;
  /** No room for the word. */
  square?: boolean;
  tabIndex?: number;
}

const WORDS: Record<DeployStep, string> = {
  deploy: 'Deploy',
  again: 'Deploy again',
  retry: 'Try again',
  cancel: 'Cancel'
};

/**
 * Deploys, and says how far that is. It stays one element whatever it says, so that whoever pressed
 * it by keyboard is still there when the deploy has ended.
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
      title={(disabled && blocked) || (small ? WORDS[step] : undefined)}
      tabIndex={tabIndex}
    >
      {small ? <Icon name="deploy" /> : icon && step !== 'cancel' && <Icon name={icon} />}
      {!small && WORDS[step]}
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
